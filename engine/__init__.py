"""InterMask's engine: two-person motion from text or from another person's motion. Free of Blender."""
