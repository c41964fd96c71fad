// Command guest is the init of the emulated machine that .ci/avx512 boots: it runs the test binary beside it, prints its
// exit status to the console and powers the machine off.
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

func main() {
	fmt.Println("guest:", run())
	time.Sleep(time.Second) // for the serial line
	_ = syscall.Reboot(syscall.LINUX_REBOOT_CMD_HALT)
}

func run() string {
	for name, kind := range map[string]string{"/dev": "devtmpfs", "/proc": "proc"} {
		if err := syscall.Mount("none", name, kind, 0, ""); err != nil {
			return fmt.Sprintf("mount %s: %v", name, err)
		}
	}
	tests, err := os.ReadFile("/tests")
	if err != nil {
		return err.Error()
	}
	if cpu, err := os.ReadFile("/proc/cpuinfo"); err != nil || !bytes.Contains(cpu, []byte("avx512_vnni")) || !bytes.Contains(cpu, []byte("avx512vbmi")) {
		return "the emulated processor lacks AVX-512"
	}
	c := exec.Command("/kernel.test", "-test.short", "-test.v", "-test.timeout=0", "-test.skip=TestHalfPaths", "-test.run="+string(tests))
	c.Stdout, c.Stderr = os.Stdout, os.Stdout
	if err := c.Run(); c.ProcessState == nil {
		return err.Error()
	}
	return c.ProcessState.String()
}
