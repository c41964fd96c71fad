//go:build unix && !linux

package pages

func advise([]byte) {}
