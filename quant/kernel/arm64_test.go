package kernel

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// TestNEONUnderEmulation runs this package's tests as an arm64 program under qemu, so that the NEON
// path is exercised where only amd64 machines are.
func TestNEONUnderEmulation(t *testing.T) {
	if runtime.GOARCH != "amd64" || runtime.GOOS != "linux" || testing.Short() {
		t.Skip("for linux on amd64, and not in short runs")
	}
	qemu, err := exec.LookPath("qemu-aarch64")
	if err != nil {
		t.Skip("qemu-aarch64 is not installed")
	}
	program := filepath.Join(t.TempDir(), "kernel.test")
	build := exec.Command("go", "test", "-c", "-o", program, ".")
	build.Env = append(os.Environ(), "GOARCH=arm64", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	run := exec.Command(qemu, program, "-test.short", "-test.run", "Paths|Known|Exercised|Formula|Inside|Fuzz")
	run.Env = append(os.Environ(), "SLUICE_KERNEL=neon")
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
