// Command agent measures what an agent spends to find where something is done: twelve tasks over
// the Model Context Protocol, in this repository, in a part of the Linux kernel and in the source
// of a Go module. The agent is a script: search, then read around the best hits, until the place is
// on screen. Every byte that an answer brings into its window counts, structured content too.
//
//	go run ./eval/agent -sluice ./sluice -before ./sluice-before -kernel ~/src/linux
//
// A tree that is not there is left out, and the run says so.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"sluice/internal/tokens"
)

func main() {
	binary := flag.String("sluice", "sluice", "the program that is measured")
	before := flag.String("before", "", "another build of it, to compare with")
	own := flag.String("own", ".", "this repository")
	kernel := flag.String("kernel", "", "source of the Linux kernel")
	verbose := flag.Bool("v", false, "print every answer")
	flag.Parse()
	trees := map[string]string{ownTree: *own}
	if *kernel != "" {
		trees[kernelTree] = filepath.Join(*kernel, "mm")
	}
	if dir, err := moduleDir(*own); err == nil {
		trees[moduleTree] = dir
	}
	if err := measure(trees, *binary, *before, *verbose); err != nil {
		fmt.Fprintln(os.Stderr, "agent: "+err.Error())
		os.Exit(1)
	}
}

const module = "github.com/modelcontextprotocol/go-sdk"

// moduleDir is where the module cache has the module, in the version that this repository names.
func moduleDir(own string) (string, error) {
	cache := os.Getenv("GOMODCACHE")
	if cache == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		cache = filepath.Join(home, "go", "pkg", "mod")
	}
	mod, err := os.ReadFile(filepath.Join(own, "go.mod"))
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(mod)) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == module {
			dir := filepath.Join(cache, filepath.FromSlash(module)+"@"+f[1])
			_, err := os.Stat(dir)
			return dir, err
		}
	}
	return "", errors.New("go.mod does not name " + module)
}

// measure runs the tasks with one program or two and prints a table.
func measure(trees map[string]string, binary, before string, verbose bool) error {
	vocab, err := tokens.Get(tokens.Default)
	if err != nil {
		return err
	}
	programs := []string{binary}
	if before != "" {
		programs = []string{before, binary}
	}
	rows := map[task][]outcome{}
	var starts []string
	for _, program := range programs {
		for _, tree := range []string{ownTree, kernelTree, moduleTree} {
			start, err := inTree(program, tree, trees[tree], vocab, verbose, rows)
			if err != nil {
				return err
			}
			if start != "" {
				starts = append(starts, start)
			}
		}
	}
	printTable(rows, programs)
	for _, s := range starts {
		fmt.Println(s)
	}
	return nil
}

// inTree runs the tasks of one tree with one program.
func inTree(program, tree, dir string, vocab *tokens.Vocab, verbose bool, rows map[task][]outcome) (start string, err error) {
	if dir == "" {
		return tree + ": not there, left out", nil
	}
	s, err := open(program, dir)
	if err != nil {
		return "", fmt.Errorf("%s in %s: %w", program, dir, err)
	}
	defer s.close()
	for _, t := range tasks {
		if t.tree != tree {
			continue
		}
		o, err := run(context.Background(), t, s.call(verbose), vocab.CountString)
		if err != nil {
			return "", fmt.Errorf("%s in %s: %w", program, dir, err)
		}
		rows[t] = append(rows[t], o)
	}
	bytes, err := s.hello()
	return fmt.Sprintf("%s, %s: instructions and tools take %d bytes, %d tokens", filepath.Base(program), tree, len(bytes), vocab.CountString(bytes)), err
}

func printTable(rows map[task][]outcome, programs []string) {
	fmt.Printf("%-16s %-64s", "tree", "task")
	for range programs {
		fmt.Printf("  %-9s %5s %7s %7s", "found by", "calls", "bytes", "tokens")
	}
	fmt.Println()
	sums := make([]outcome, len(programs))
	found := make([]int, len(programs))
	for _, t := range tasks {
		if rows[t] == nil {
			continue
		}
		fmt.Printf("%-16s %-64.64s", t.tree, t.question)
		for i, o := range rows[t] {
			by := "-"
			if o.found {
				by = o.by
				found[i]++
			}
			fmt.Printf("  %-9s %5d %7d %7d", by, o.calls, o.bytes, o.tokens)
			sums[i].calls += o.calls
			sums[i].bytes += o.bytes
			sums[i].tokens += o.tokens
		}
		fmt.Println()
	}
	fmt.Printf("%-16s %-64s", "all", "")
	for i, o := range sums {
		fmt.Printf("  %-9d %5d %7d %7d", found[i], o.calls, o.bytes, o.tokens)
	}
	fmt.Println()
}

// server is a running `sluice mcp` with a client on it.
type server struct {
	process *exec.Cmd
	client  *sdk.ClientSession
	cache   string
}

// open starts a program on a tree, with a cache of its own, and waits until the tree is indexed.
func open(program, dir string) (*server, error) {
	cache, err := os.MkdirTemp("", "agent")
	if err != nil {
		return nil, err
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program, "mcp", "--in", dir)
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+cache, "XDG_DATA_HOME="+cache)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{process: cmd, cache: cache}
	s.client, err = sdk.NewClient(&sdk.Implementation{Name: "agent", Version: "1"}, nil).
		Connect(context.Background(), &sdk.IOTransport{Reader: out, Writer: in}, nil)
	if err != nil {
		return nil, err
	}
	for { // the first index is no part of what is measured
		res, err := s.client.CallTool(context.Background(), &sdk.CallToolParams{Name: "search", Arguments: map[string]any{"query": "warm"}})
		if err != nil {
			return nil, err
		}
		if !strings.HasPrefix(textOf(res), "Done in part: ") {
			return s, nil
		}
	}
}

func (s *server) close() {
	_ = s.client.Close()
	_ = s.process.Wait()
	_ = os.RemoveAll(s.cache)
}

// call is the server's tools as the policy calls them.
func (s *server) call(verbose bool) tools {
	return func(ctx context.Context, tool string, arguments map[string]any) (answer, error) {
		res, err := s.client.CallTool(ctx, &sdk.CallToolParams{Name: tool, Arguments: arguments})
		if err != nil {
			return answer{}, err
		}
		got := answer{text: textOf(res)}
		if res.StructuredContent != nil {
			if got.structured, err = json.Marshal(res.StructuredContent); err != nil {
				return got, err
			}
		}
		if verbose {
			fmt.Printf("--- %s %v\n%s\n", tool, arguments, got.text)
		}
		return got, nil
	}
}

// hello is what a session begins with: the instructions and the list of tools.
func (s *server) hello() (string, error) {
	list, err := s.client.ListTools(context.Background(), nil)
	if err != nil {
		return "", err
	}
	b, err := json.Marshal(list.Tools)
	text := string(b)
	if init := s.client.InitializeResult(); init != nil {
		text += init.Instructions
	}
	return text, err
}

func textOf(res *sdk.CallToolResult) string {
	var b strings.Builder
	for _, c := range res.Content {
		if t, ok := c.(*sdk.TextContent); ok {
			b.WriteString(t.Text)
		}
	}
	return b.String()
}
