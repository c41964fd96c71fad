//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// serving starts `sluice serve` on a folder with one text, and ends it with the test.
func serving(t *testing.T, args ...string) (url, bin, home, docs string) {
	t.Helper()
	bin, home, docs = built(t), t.TempDir(), filepath.Join(t.TempDir(), "docs")
	if err := os.Mkdir(docs, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(docs, "a.txt"), []byte("Walruses whistle at night. A walrus does so under water.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := command(bin, home, append([]string{"serve", "--listen", "127.0.0.1:0", "--in", docs}, args...)...)
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		if err := c.Wait(); err != nil {
			t.Errorf("told to end, it ends with %v", err)
		}
	})
	said := bufio.NewScanner(stderr)
	var all []string
	for said.Scan() {
		all = append(all, said.Text())
		if _, rest, ok := strings.Cut(said.Text(), "serving at "); ok {
			url, _, _ = strings.Cut(rest, ";")
			go func() {
				for said.Scan() { // so that it can go on talking
				}
			}()
			return strings.TrimSuffix(url, "/"), bin, home, docs
		}
	}
	t.Fatalf("it does not serve: %s", all)
	return "", "", "", ""
}

// scripts is the folder of what drives others' clients.
const scripts = "../../serve/httpapi/clienttest"

// modulesAt is where Node finds the clients: SLUICE_NODE_MODULES, or what is installed for
// everybody.
func modulesAt(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv("SLUICE_NODE_MODULES")
	if dir == "" {
		if out, err := exec.Command("npm", "root", "-g").Output(); err == nil {
			dir = strings.TrimSpace(string(out))
		}
	}
	if _, err := os.Stat(filepath.Join(dir, name)); dir == "" || err != nil {
		t.Skipf("Node's package %s is not installed: `npm install` in %s, and SLUICE_NODE_MODULES names its node_modules", name, scripts)
	}
	return dir
}

// runs runs a script with others' client in it, and expects its last word.
func runs(t *testing.T, c *exec.Cmd, env ...string) {
	t.Helper()
	c.Env = append(os.Environ(), env...)
	if out, err := c.CombinedOutput(); err != nil || !strings.HasSuffix(strings.TrimSpace(string(out)), "OK") {
		t.Errorf("%s: %v\n%s", c, err, out)
	}
}

// node is a script with the packages beside it, where Node looks for them.
func node(t *testing.T, script, modules string) *exec.Cmd {
	t.Helper()
	dir := t.TempDir()
	b, err := os.ReadFile(filepath.Join(scripts, script))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, script), b, 0o600)
	}
	if err == nil {
		err = os.Symlink(modules, filepath.Join(dir, "node_modules"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return exec.Command("node", filepath.Join(dir, script))
}

// TestOpenAIsPythonClient drives the server by OpenAI's own client, as it is.
func TestOpenAIsPythonClient(t *testing.T) {
	python := os.Getenv("SLUICE_PYTHON")
	if python == "" {
		python = "python3"
	}
	if err := exec.Command(python, "-c", "import openai").Run(); err != nil {
		t.Skipf("%s has no package openai: install it, or name another Python with SLUICE_PYTHON", python)
	}
	url, _, _, _ := serving(t)
	runs(t, exec.Command(python, filepath.Join(scripts, "openai_client.py")), "SLUICE_URL="+url)
}

// TestOpenAIsNodeClient drives the server by OpenAI's own client, as it is.
func TestOpenAIsNodeClient(t *testing.T) {
	modules := modulesAt(t, "openai")
	url, _, _, _ := serving(t)
	runs(t, node(t, "openai_client.mjs", modules), "SLUICE_URL="+url)
}

// TestMCPsNodeClient drives both transports by MCP's own client, as it is.
func TestMCPsNodeClient(t *testing.T) {
	modules := modulesAt(t, "@modelcontextprotocol/sdk")
	url, bin, home, docs := serving(t)
	line, err := json.Marshal([]string{bin, "mcp", "--in", docs})
	if err != nil {
		t.Fatal(err)
	}
	runs(t, node(t, "mcp_client.mjs", modules), "SLUICE_URL="+url, "SLUICE_COMMAND="+string(line), "HOME="+home, "XDG_CACHE_HOME="+home+"/cache", "XDG_CONFIG_HOME="+home+"/config", "XDG_DATA_HOME="+home+"/data")
}

// TestCurl is what everybody tries first.
func TestCurl(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	url, bin, home, _ := serving(t)
	token, err := command(bin, home, "token", "show").Output()
	if err != nil {
		t.Fatal(err)
	}
	said := []string{"-s", "--json", `{"query":"q","verdict":"good"}`, url + "/api/feedback"}
	for want, args := range map[string][]string{
		"ok": {"-s", url + "/healthz"}, `"path":"a.txt"`: {"-s", url + "/api/search?query=walrus"},
		`"Walruses whistle at night.`: {"-sN", "--json", `{"stream":true,"messages":[{"role":"user","content":"When do walruses whistle?"}]}`, url + "/v1/chat/completions"},
		`"this needs a token`:         said, `"recorded":true`: append(said, "-H", "Authorization: Bearer "+strings.TrimSpace(string(token))),
		`"protocolVersion":"2025-06-18"`: {"-s", "--json", `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"curl","version":"1"}}}`,
			"-H", "Accept: application/json, text/event-stream", url + "/mcp"},
	} {
		if out, err := exec.Command("curl", args...).CombinedOutput(); err != nil || !strings.Contains(string(out), want) {
			t.Errorf("curl %q: %v\n%s", args, err, out)
		}
	}
}
