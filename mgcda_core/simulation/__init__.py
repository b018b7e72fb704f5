"""A simulated forward camera on a car: pictures with labels and the truth about every hazard."""
