"""`mgcda benchmark`: what every step from message in to messages out costs, how it grows, and results compared."""
