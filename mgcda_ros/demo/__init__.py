"""The demonstration: a camera, the node in a process of its own, a recorder, and a report of what was found."""
