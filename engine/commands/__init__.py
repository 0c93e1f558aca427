"""The command line: each file adds the commands of its name. What they need is imported when they run."""
