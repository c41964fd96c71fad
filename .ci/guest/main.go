// Command guest is the init of the emulated machine that .ci/avx512 boots: it runs the test binary beside it, prints its
// exit status to the console and halts the machine.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
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
	short, pattern, _ := strings.Cut(string(tests), "\n")
	// TestEveryPathIsExercised fails where the path that SLUICE_KERNEL asks for cannot be had.
	c := exec.Command("/kernel.test", short, "-test.v", "-test.timeout=0", "-test.skip=TestHalfPaths", "-test.run="+pattern+"|^TestEveryPathIsExercised$")
	c.Env = append(os.Environ(), "SLUICE_KERNEL=avx512")
	c.Stdout, c.Stderr = os.Stdout, os.Stdout
	if err := c.Run(); c.ProcessState == nil {
		return err.Error()
	}
	return c.ProcessState.String()
}
