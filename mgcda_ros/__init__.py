"""The ROS 2 side of MGCDA: parameters, message conversion, timing and outputs around mgcda_core's Detector."""
