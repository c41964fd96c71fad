package kernel

import "testing"

// TestSelfTestTriesEveryWay adds a way for which there is no loop, so that blocks are left out.
func TestSelfTestTriesEveryWay(t *testing.T) {
	if !available(AVX2) {
		t.Skip("plain Go has one way")
	}
	if !selfTest(OnebitScan, AVX2) {
		t.Fatal("the ways that there are do not answer alike")
	}
	defer func(before []scanWay) { waysAVX2 = before }(waysAVX2)
	waysAVX2 = append(waysAVX2[:len(waysAVX2):len(waysAVX2)], scanWay{streams: 3, ahead: -1})
	if selfTest(OnebitScan, AVX2) {
		t.Error("a way that leaves blocks out was not found")
	}
}
