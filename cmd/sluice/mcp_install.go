package main

import (
	"cmp"
	"encoding/json"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"sluice/internal/term"
	"sluice/serve"
)

// agent is a program that can start an MCP server, and how it is told to.
type agent struct {
	name  string
	where string                                     // the file that the text goes into, or what to run
	text  func(command string, args []string) string // what to put there
}

// agents are the common ones, as their manuals have it.
var agents = []agent{
	{"claude-code", "run", func(c string, args []string) string {
		return "claude mcp add sluice -- " + shellWords(append([]string{c}, args...))
	}},
	{"claude-desktop", "claude_desktop_config.json (Settings, Developer, Edit Config)", servers("mcpServers", nil)},
	{"cursor", "~/.cursor/mcp.json, or .cursor/mcp.json in a project", servers("mcpServers", nil)},
	{"vscode", ".vscode/mcp.json in a project, or `MCP: Open User Configuration`", servers("servers", map[string]any{"type": "stdio"})},
	{"codex", "~/.codex/config.toml", func(c string, args []string) string {
		return "[mcp_servers.sluice]\ncommand = " + tomlString(c) + "\nargs = " + tomlList(args)
	}},
	{"gemini", "~/.gemini/settings.json", servers("mcpServers", nil)},
	{"zed", "settings.json (zed: open settings)", servers("context_servers", nil)},
	{"windsurf", "~/.codeium/windsurf/mcp_config.json", servers("mcpServers", nil)},
	{"cline", "cline_mcp_settings.json (MCP Servers, Configure)", servers("mcpServers", nil)},
	{"opencode", "opencode.json", func(c string, args []string) string {
		return indented(map[string]any{"mcp": map[string]any{"sluice": map[string]any{"type": "local", "command": append([]string{c}, args...), "enabled": true}}})
	}},
}

// servers words the JSON form that most agents share.
func servers(key string, extra map[string]any) func(string, []string) string {
	return func(command string, args []string) string {
		one := map[string]any{"command": command, "args": args}
		for k, v := range extra {
			one[k] = v
		}
		return indented(map[string]any{key: map[string]any{"sluice": one}})
	}
}

func indented(v any) string {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return string(b)
}

// tomlString quotes for TOML, whose basic strings have JSON's escapes.
func tomlString(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return strconv.Quote(s)
	}
	return string(b)
}

func tomlList(all []string) string {
	quoted := make([]string, len(all))
	for i, s := range all {
		quoted[i] = tomlString(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// shellWords quotes what a shell would take apart.
func shellWords(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = w
		if w == "" || strings.ContainsAny(w, " \t\n'\"\\$`&|;<>()*?[]#~!{}") {
			out[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(out, " ")
}

// installed is what `mcp install --json` prints.
type installed struct {
	Agent string `json:"agent"`
	Where string `json:"where"`
	Text  string `json:"text"`
}

func (a *app) mcpInstallVerb() *cobra.Command {
	var in inFlags
	var http httpFlags
	cmd := &cobra.Command{
		Use: "install [AGENT]", Short: "Print the configuration for an agent; without a name for all of them", Args: cobra.MaximumNArgs(1),
		Long: "Install prints what to tell an agent so that it starts `sluice mcp`, or with --http so that it asks a `sluice serve` that runs. It changes nothing by itself.\n\nAgents: " + agentNames() + ".",
		Example: `  sluice mcp install claude-code
  sluice mcp install cursor --in ~/src/project
  sluice mcp install codex --http --token                then: export SLUICE_TOKEN=$(sluice token show)`,
		RunE: a.verb(func(cmd *cobra.Command, args []string) (any, func(), error) {
			all, err := a.installs(cmd, args, in, http)
			if err != nil {
				return nil, nil, err
			}
			return all, func() {
				for i, one := range all {
					if i > 0 {
						a.printf("\n")
					}
					a.printf("%s: %s\n%s\n", a.style.Strong(one.Agent), one.Where, one.Text)
				}
			}, nil
		}),
		ValidArgs: strings.Split(agentNames(), ", "),
	}
	in.add(cmd, "serve this `FOLDER`")
	cmd.Flags().BoolVar(&http.on, "http", false, "for a `sluice serve` that runs, in place of one that the agent starts")
	cmd.Flags().StringVar(&http.url, "url", "http://127.0.0.1:7117", "with --http: where it is found")
	cmd.Flags().BoolVar(&http.token, "token", false, "with --http: send a token, as elsewhere than on this machine it must be")
	return cmd
}

func (a *app) installs(cmd *cobra.Command, args []string, in inFlags, http httpFlags) ([]installed, error) {
	named, err := agentsNamed(args)
	if err != nil {
		return nil, err
	}
	if http.on {
		if in.any() {
			return nil, serve.Usagef("--in is for a server that the agent starts: give it to `sluice serve`")
		}
		return httpInstalls(named, http)
	}
	command, err := a.execPath()
	if err != nil {
		command = "sluice"
	}
	if passing(command) {
		return nil, serve.Usagef("%s is a program that `go run` made and will remove: `go install ./cmd/sluice` makes one that stays; run its `mcp install`", command)
	}
	line := []string{"mcp"}
	switch {
	case in.any() && cmd.Flags().Changed("store"):
		return nil, serve.Usagef("--in keeps a store of its own: name either --in or --store")
	case in.any():
		sure := false
		for _, name := range in.folders {
			root := realPath(a.absolute(name))
			if err := a.consents(root, in.yes); err != nil {
				return nil, err
			}
			line = append(line, "--in", a.absolute(name))
			sure = sure || wide(root, homes()) != ""
		}
		if sure {
			line = append(line, "--yes") // the agent cannot be asked
		}
	case a.store != "":
		line = append(line, "--store", a.storeFolder())
	}
	var all []installed
	for _, ag := range named {
		all = append(all, installed{ag.name, ag.where, ag.text(command, line)})
	}
	return all, nil
}

// agentsNamed are the agents that are meant: one, or all of them.
func agentsNamed(args []string) ([]agent, error) {
	if len(args) == 0 {
		return agents, nil
	}
	for _, ag := range agents {
		if args[0] == ag.name {
			return []agent{ag}, nil
		}
	}
	meant := ""
	if near := term.Nearest(args[0], strings.Split(agentNames(), ", ")); near != "" {
		meant = "; did you mean " + near + "?"
	}
	return nil, serve.Usagef("no agent is called %q here%s There are: %s. Most others take the form of claude-desktop.", args[0], cmp.Or(meant, "."), agentNames())
}

// passing tells whether a program lies where the go command builds what it runs once.
func passing(command string) bool {
	for _, part := range strings.Split(filepath.ToSlash(command), "/") {
		if rest, ok := strings.CutPrefix(part, "go-build"); ok && strings.Trim(rest, "0123456789") == "" {
			return true
		}
	}
	return false
}

func (a *app) absolute(path string) string { return serve.Absolute(a.dir, path) }

func agentNames() string {
	names := make([]string, len(agents))
	for i, ag := range agents {
		names[i] = ag.name
	}
	return strings.Join(names, ", ")
}
