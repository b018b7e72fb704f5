"""What runs the network: one file per runtime, all behind runtime.Runtime."""
