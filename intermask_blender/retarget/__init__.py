"""Other people's rigs: which bone is which joint. Numpy and plain data; bpy stays outside this room."""
