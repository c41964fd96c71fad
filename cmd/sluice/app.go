package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"sluice/answer/upstream"
	"sluice/api"
	"sluice/ingest"
	"sluice/internal/clock"
	"sluice/internal/term"
	"sluice/serve"
)

// app is one run of the command: its streams, its surroundings, and what every verb may be told.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	dir            string // where the command runs
	clock          clock.Waiter
	execPath       func() (string, error)

	store    string
	models   string
	json     bool
	jobs     int
	memory   string
	verbose  bool
	quiet    bool
	wait     time.Duration
	statWait time.Duration
	lookWait time.Duration
	noLock   bool
	agent    bool           // the process answers many questions
	upstream *upstream.Pool // words answers; nil: nothing does
	// chatBudget is how many tokens of passages it is sent; 0: the default.
	chatBudget int
	piped      bool // stdout is no terminal: a program reads it

	out      *bufio.Writer // stdout
	style    term.Style
	clean    func(string) string // makes texts harmless where stdout is a terminal
	progress *term.Progress
}

// run executes one command line and returns the exit code.
func (a *app) run(ctx context.Context, args []string) int {
	a.out = bufio.NewWriter(a.stdout)
	a.clean = func(s string) string { return s }
	if a.piped = !term.IsTerminal(a.stdout); !a.piped {
		a.clean = term.Clean
	}
	a.style = term.NewStyle(a.stdout, a.getenv("NO_COLOR"), a.getenv("TERM"))
	root := a.root()
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	var ours *ranError
	if err != nil && !errors.As(err, &ours) {
		err = libraryError(cmd, err)
	}
	return a.finish(err)
}

// finish flushes what was printed, says what went wrong and turns it into the exit code.
func (a *app) finish(err error) int {
	a.progress.Clear()
	var ours *ranError
	errors.As(err, &ours)
	class := serve.ClassOf(err)
	if err != nil && a.json && (ours == nil || !ours.printed) {
		_ = a.printJSON(api.Failure{Error: inWords(err), Code: int(class)})
	}
	if ferr := a.out.Flush(); ferr != nil && !errors.Is(ferr, syscall.EPIPE) {
		err, class = errors.Join(err, ferr), max(class, serve.Nothing)
	}
	if err != nil {
		fmt.Fprintln(a.stderr, "sluice: "+sayable(inWords(err)))
	}
	return int(class)
}

// sayable is a message that names what may be called anything: what follows a line end is indented,
// so that it cannot pass for a message of its own.
func sayable(text string) string { return strings.ReplaceAll(term.Clean(text), "\n", "\n  ") }

// ranError wraps what a verb returned, to tell it from what the flag library found.
type ranError struct {
	error
	printed bool // a response was printed beside the error
}

func (e *ranError) Unwrap() error { return e.error }

// verb makes a verb's function into cobra's. The function returns what is printed as JSON with
// --json, or nil when it has printed by itself.
func (a *app) verb(f func(cmd *cobra.Command, args []string) (response any, words func(), err error)) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		response, words, err := f(cmd, args)
		a.progress.Clear()
		printed := response != nil
		switch {
		case response != nil && a.json:
			if perr := a.printJSON(response); perr != nil {
				err = errors.Join(err, perr)
			}
		case response != nil && words != nil:
			words()
			for _, n := range noticesOf(response) {
				a.notef("%s", n)
			}
		}
		if err == nil {
			return nil
		}
		return &ranError{err, printed}
	}
}

// noticesOf are what a response says beside its answer.
func noticesOf(response any) []string {
	switch r := response.(type) {
	case *api.Search:
		return r.Notices
	case *api.Context:
		return r.Notices
	case *api.Ask:
		return r.Notices
	case *api.Why:
		return r.Notices
	case *api.Read:
		return r.Notices
	}
	return nil
}

// printJSON writes one document: compact for programs, indented for people.
func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.out)
	enc.SetEscapeHTML(false)
	if term.IsTerminal(a.stdout) {
		enc.SetIndent("", "  ")
	}
	return enc.Encode(v)
}

// printf writes to stdout.
func (a *app) printf(format string, args ...any) { fmt.Fprintf(a.out, format, args...) }

// notef tells something beside the answer, unless --quiet.
func (a *app) notef(format string, args ...any) {
	if a.quiet {
		return
	}
	a.progress.Clear()
	fmt.Fprintln(a.stderr, sayable(fmt.Sprintf(format, args...)))
}

const rootLong = `Sluice puts everything you have into your model's window: a folder of code, notes or documents goes in,
and a question comes out as ranked passages, a packed and cited window for any model, or a cited answer.
Nothing leaves the machine unless you say so.`

const rootExample = `  sluice ask --in . "How is a torn write noticed?"       from nothing to a cited answer
  sluice add ~/notes                                     opt a folder in, then
  sluice search "that recipe with leeks"                 ranked passages
  sluice context "why do we retry twice" | llm           a window for any model
  sluice mcp install claude-code                         the same for an agent`

// root builds the command tree.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use: "sluice", Short: "Everything you have, in your model's window", Long: rootLong, Example: rootExample,
		SilenceErrors: true, SilenceUsage: true, Version: version(), Args: cobra.NoArgs,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.settle(cmd); err != nil {
				return &ranError{err, false}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetOut(a.out)
	root.SetErr(a.stderr)
	root.SetIn(a.stdin)
	root.SetVersionTemplate("sluice {{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &ranError{flagError(cmd, err), false}
	})
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveDefault)
	f := root.PersistentFlags()
	f.StringVar(&a.store, "store", "", "folder of the store (default: the user data folder)")
	f.StringVar(&a.models, "models", "", "folder of the models (default: beside the stores)")
	f.BoolVar(&a.json, "json", false, "print one JSON document and nothing else")
	f.IntVarP(&a.jobs, "jobs", "j", 0, "how many processors to use (default: all)")
	f.StringVar(&a.memory, "memory", "1GiB", "how much memory to aim for")
	f.BoolVarP(&a.verbose, "verbose", "v", false, "tell how the answer came about")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "print answers and errors only")
	f.DurationVar(&a.wait, "wait", 10*time.Second, "how long to wait for another process that writes to the store")
	f.BoolVar(&a.noLock, "no-lock", false, "write where files cannot be locked; see to it that no other process writes")
	f.DurationVar(&a.statWait, "stat-wait", 50*time.Millisecond, "how long asking whether cited files are fresh may take")
	_ = f.MarkHidden("stat-wait")
	f.DurationVar(&a.lookWait, "look-wait", 150*time.Millisecond, "how long a question waits for sources to be brought up to date; 0: they are not looked at")
	_ = f.MarkHidden("look-wait")
	root.AddCommand(a.addVerb(), a.syncVerb(), a.searchVerb(), a.contextVerb(), a.askVerb(), a.whyVerb(), a.readVerb(),
		a.sourcesVerb(), a.statusVerb(), a.checkVerb(), a.repairVerb(), a.backupVerb(), a.restoreVerb(), a.quarantineVerb(), a.cacheVerb(),
		a.forgetVerb(), a.healthVerb(), a.modelVerb(), a.evalVerb(), a.benchVerb(), a.serveVerb(), a.tokenVerb(), a.mcpVerb(), a.versionVerb())
	a.completions(root)
	return root
}

// settle completes the flags from the environment and the settings file and applies what is global.
func (a *app) settle(cmd *cobra.Command) error {
	if err := a.settings(cmd); err != nil {
		return err
	}
	if a.jobs < 0 {
		return serve.Usagef("%d processors are too few for --jobs", a.jobs)
	}
	if a.jobs > 0 {
		runtime.GOMAXPROCS(a.jobs)
	}
	bytes, err := parseBytes(a.memory)
	if err != nil {
		return serve.Usagef("--memory: %w", err)
	}
	debug.SetMemoryLimit(bytes)
	if !a.quiet {
		a.progress = term.NewProgress(a.stderr, a.clock)
	}
	return nil
}

// show draws the progress line of a sync.
func (a *app) show(label string, p ingest.Progress) {
	a.progress.Show(term.State{Phase: p.Phase + " " + label, Done: p.BytesDone, Total: p.BytesAll, Files: p.Indexed, FilesTotal: p.FilesTotal})
}
