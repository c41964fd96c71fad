package main

import (
	"strings"

	"sluice/internal/netx"
	"sluice/serve"
)

// httpFlags are where agents find a server that runs already.
type httpFlags struct {
	on    bool
	url   string
	token bool
}

// bearer is how the agents' own forms name the token: none of them holds it.
const bearer = "Authorization"

// overHTTP are the forms in which agents are told of a server at an address. One that is missing
// speaks on stdin and stdout only.
var overHTTP = map[string]func(url string, token bool) string{
	"claude-code": func(url string, token bool) string {
		line := "claude mcp add --transport http sluice " + shellWords([]string{url})
		if token {
			line += ` --header "Authorization: Bearer $(sluice token show)"`
		}
		return line
	},
	"cursor": remoteForm("mcpServers", "url", "Bearer ${env:SLUICE_TOKEN}", nil),
	"vscode": func(url string, token bool) string {
		one := map[string]any{"type": "http", "url": url}
		all := map[string]any{"servers": map[string]any{"sluice": one}}
		if token {
			one["headers"] = map[string]string{bearer: "Bearer ${input:sluice-token}"}
			all["inputs"] = []map[string]any{{"type": "promptString", "id": "sluice-token", "description": "what `sluice token show` prints", "password": true}}
		}
		return indented(all)
	},
	"codex": func(url string, token bool) string {
		text := "[mcp_servers.sluice]\nurl = " + tomlString(url)
		if token {
			text += "\nbearer_token_env_var = " + tomlString(tokenVariable)
		}
		return text
	},
	"gemini":   remoteForm("mcpServers", "httpUrl", "Bearer $SLUICE_TOKEN", nil),
	"zed":      remoteForm("context_servers", "url", "Bearer TOKEN", nil),
	"windsurf": remoteForm("mcpServers", "serverUrl", "Bearer ${env:SLUICE_TOKEN}", nil),
	"cline":    remoteForm("mcpServers", "url", "Bearer TOKEN", map[string]any{"type": "streamableHttp"}),
	"opencode": remoteForm("mcp", "url", "Bearer {env:SLUICE_TOKEN}", map[string]any{"type": "remote", "enabled": true}),
}

// remoteForm words the JSON form that most agents share; key names the address in it.
func remoteForm(group, key, token string, extra map[string]any) func(string, bool) string {
	return func(url string, withToken bool) string {
		one := map[string]any{key: url}
		for k, v := range extra {
			one[k] = v
		}
		if withToken {
			one["headers"] = map[string]string{bearer: token}
		}
		return indented(map[string]any{group: map[string]any{"sluice": one}})
	}
}

// httpInstalls are the forms for the agents that were named.
func httpInstalls(named []agent, f httpFlags) ([]installed, error) {
	url := f.url
	if !strings.Contains(url, "://") {
		url = "http://" + url
	}
	if _, err := netx.Host(url); err != nil {
		return nil, serve.Usagef("--url: %w", err)
	}
	if !strings.HasSuffix(url, "/mcp") {
		url = strings.TrimSuffix(url, "/") + "/mcp"
	}
	token := f.token || !netx.Loopback(url)
	var all []installed
	for _, ag := range named {
		text := overHTTP[ag.name]
		if text == nil {
			if len(named) == 1 {
				return nil, serve.Usagef("%s starts its servers by itself: leave --http out", ag.name)
			}
			continue
		}
		all = append(all, installed{ag.name, ag.where, text(url, token)})
	}
	return all, nil
}
