"""`mgcda replay`: bags through the same detector and hazards as the node's, every frame, without ROS."""
