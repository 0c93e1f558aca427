"""Takes put onto the timeline: new actions, keys in existing ones, NLA strips."""
