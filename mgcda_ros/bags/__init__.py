"""Reading and writing rosbag2 without a ROS installation, through rosbags."""
