package kernel

func selfTest(k Kernel, p Path) bool { return true }
