"""Whether the camera's pictures can be judged at all: exposure, blur, dirt, a stuck driver, a scene without a road."""
