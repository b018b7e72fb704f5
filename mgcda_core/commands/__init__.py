"""What `mgcda` can do, a function per command: its type-hinted arguments are the options, its docstring the help."""
