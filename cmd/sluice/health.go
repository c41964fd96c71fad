package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"sluice/health"
	"sluice/internal/term"
	"sluice/internal/vfs"
	"sluice/serve"
)

const healthLong = `Health tells what the memory, the processor and the disks of this machine counted as errors, what the store's own
checksums found damaged, and whether the last 24 hours are out of line with what these devices, and those of other
machines, did before. It says what it cannot see. What it sees goes into a log in the store, so run it often: once a
day, or leave ` + "`sluice mcp`" + ` running, which looks every ten minutes.

Logs of other machines are read beside the store's own, which --export writes. --canary fills memory with known
patterns, reads it again and again, and says of each bit that flipped where it lies and whether it came back.

Exit codes: 0, nothing is out of line. 3, something is, or an error was not corrected, or a bit flipped, or something
could not be read that is there.`

const healthExample = `  sluice health                                     this machine, the last 24 hours
  sluice health --since 30d --svg health.svg        a month, also as a picture
  sluice health --canary 256MiB --for 10m           watch memory for ten minutes
  sluice health --export attic.log --name attic     this machine's log, for another one
  sluice health attic.log cellar.log                this machine beside two others`

// healthFlags are what `health` may be told.
type healthFlags struct {
	since, canary, svg, export, name string
	watch                            time.Duration
	level                            float64
}

func (a *app) healthVerb() *cobra.Command {
	var f healthFlags
	cmd := &cobra.Command{
		Use: "health [FILE...]", Short: "Errors of memory and disks, and whether they are out of line", Long: healthLong, Example: healthExample,
		RunE: a.verb(func(cmd *cobra.Command, args []string) (any, func(), error) {
			o, err := a.healthOptions(f, args)
			if err != nil {
				return nil, nil, err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			if f.name != "" {
				if o.Log == nil {
					return nil, nil, noLog(a.storeFolder())
				}
				if err := o.Log.Name(ctx, f.name); err != nil {
					return nil, nil, serve.Nothingf("--name: %w", err)
				}
			}
			out, report, err := serve.Health(ctx, o)
			if out == nil {
				return nil, nil, err
			}
			return out, func() { a.printHealth(out, report) }, errors.Join(err, a.exportLog(o.Log, f.export), a.drawHealth(report, f.svg))
		}),
	}
	cmd.Flags().StringVar(&f.since, "since", "24h", "show this long: 24h, 30d")
	cmd.Flags().Float64Var(&f.level, "level", health.LevelDefault, "how often each question may alarm where nothing is wrong")
	cmd.Flags().StringVar(&f.canary, "canary", "", "watch this much memory: 256MiB")
	cmd.Flags().DurationVar(&f.watch, "for", time.Minute, "how long to watch memory")
	cmd.Flags().StringVar(&f.svg, "svg", "", "draw it into this `FILE`; - is stdout")
	cmd.Flags().StringVar(&f.export, "export", "", "write this store's log into `FILE`, for another machine; - is stdout")
	cmd.Flags().StringVar(&f.name, "name", "", "call this machine so in its log")
	return cmd
}

// healthOptions reads the flags and the logs that were named.
func (a *app) healthOptions(f healthFlags, args []string) (o serve.HealthOptions, err error) {
	o = serve.HealthOptions{System: machine(), Clock: a.clock, Level: f.level}
	if f.level <= 0 || f.level > 0.5 {
		return o, serve.Usagef("--level %g is no rate of false alarms; name one up to 0.5", f.level)
	}
	if o.Since, err = parseSince(f.since); err != nil {
		return o, serve.Usagef("--since: %w", err)
	}
	if (f.svg == "-" || f.export == "-") && (a.json || f.svg == f.export) {
		return o, serve.Usagef("only one thing can go to stdout: name a file")
	}
	if f.canary != "" {
		bytes, err := parseBytes(f.canary)
		if err != nil || bytes > canaryBytesMax {
			return o, serve.Usagef("--canary: %q is no size of memory to watch; write 256MiB, at most 1TiB", f.canary)
		}
		o.Memory = &health.MemoryOptions{Bytes: int(bytes), For: f.watch, Clock: a.clock, Walk: func(n int) {
			a.progress.Show(term.State{Phase: "watching memory", Done: int64(n) * bytes})
		}}
	}
	files := vfs.OS(a.storeFolder())
	for _, slot := range []string{"manifest.0", "manifest.1"} {
		if _, err := files.Stat(slot); err == nil {
			o.Log = health.OpenLog(files, a.clock)
		}
	}
	for _, name := range args {
		j, err := readLog(a.absolute(name))
		if err != nil {
			return o, serve.Nothingf("%s: %w", name, err)
		}
		o.Others = append(o.Others, j)
	}
	return o, nil
}

const canaryBytesMax = 1 << 40

// machine is what this system tells of itself.
func machine() health.System {
	s := health.System{Name: runtime.GOOS}
	if runtime.GOOS == "linux" {
		s.Sys, s.Proc = os.DirFS("/sys"), os.DirFS("/proc")
	}
	return s
}

func readLog(path string) (*health.Journal, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return health.ReadJournal(f)
}

// parseSince reads a duration; d is a day.
func parseSince(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil || n < 1 || n > 400 {
			return 0, fmt.Errorf("%q is no time; write 24h or 30d, at most 400d", text)
		}
		return time.Duration(n) * 24 * time.Hour, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < health.Window || d > 400*24*time.Hour {
		return 0, fmt.Errorf("%q is no time; write 24h or 30d, at least 10m", text)
	}
	return d, nil
}

// watcher looks at the machine beside a process that lives long.
func (a *app) watcher(folder string) *health.Watcher {
	return &health.Watcher{Log: health.OpenLog(vfs.OS(folder), a.clock), System: machine(), Clock: a.clock}
}

func noLog(dir string) error {
	return serve.Nothingf("there is no store in %s, and a log is kept in one: `sluice add FOLDER` makes it", dir)
}

// exportLog writes the store's log for another machine.
func (a *app) exportLog(log *health.Log, name string) error {
	if name == "" {
		return nil
	}
	if log == nil {
		return noLog(a.storeFolder())
	}
	return a.toFile(name, log.Export)
}

// toFile writes what a flag names; - is stdout.
func (a *app) toFile(name string, write func(io.Writer) error) error {
	if name == "-" {
		return write(a.out)
	}
	f, err := os.OpenFile(a.absolute(name), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return serve.Nothingf("%w", err)
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return serve.Partlyf("%s: %w", name, err)
	}
	return nil
}
