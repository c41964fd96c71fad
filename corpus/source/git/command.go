package git

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sluice/corpus"
	"sluice/internal/tool"
)

// The program git is used, not a library: a repository without a git beside it is rare, and only
// git itself reads all that repositories hold (packs of packs, worktrees, SHA-256, reftable) at the
// speed that a long history needs. What a repository says is data, though. A stranger's may name
// programs in its configuration; nothing below lets git run one, ask the network, or write.
var (
	safeArgs = []string{"--no-pager", "--no-optional-locks", "--literal-pathspecs", "-c", "core.fsmonitor=false", "-c", "log.showSignature=false",
		"-c", "core.hooksPath=/dev/null", "-c", "diff.external=", "-c", "protocol.allow=never", "-c", "core.quotePath=false", "-c", "log.mailmap=false",
		"-c", "submodule.recurse=false", "-c", "diff.submodule=short", "-c", "diff.ignoreSubmodules=all", "-c", "i18n.logOutputEncoding=UTF-8",
		"-c", "gc.auto=0", "-c", "maintenance.auto=false"}
	safeEnv = []string{"GIT_ALLOW_PROTOCOL=", "GIT_NO_LAZY_FETCH=1", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0", "GIT_CONFIG_NOSYSTEM=1", "GIT_ATTR_NOSYSTEM=1",
		"GIT_NO_REPLACE_OBJECTS=1", "GIT_ASKPASS=", "SSH_ASKPASS=", "GIT_PAGER=cat"}
)

const (
	commandWait = 10 * time.Minute // a long history is listed in less
	gitMemory   = 8 << 30
)

// repo is a repository as git finds it.
type repo struct {
	dir    string // where the user pointed
	gitDir string // of this worktree
	common string // of all worktrees: refs and objects
}

func (r *repo) command(args ...string) *tool.Command {
	all := append([]string{}, safeArgs...)
	if r.gitDir != "" {
		all = append(all, "--git-dir="+r.gitDir)
	}
	return &tool.Command{Name: "git", Args: append(all, args...), Dir: r.dir, Env: safeEnv, Wait: commandWait, Memory: gitMemory}
}

// errNoGit says what is missing.
var errNoGit = errors.New("the program git is not installed: its history is read with it (https://git-scm.com, or your system's package git)")

// findRepo finds the repository that a folder is, or lies in the top of.
func findRepo(ctx context.Context, dir string) (*repo, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("%w: %w", corpus.ErrRootGone, err)
	}
	if !tool.Has("git") {
		return nil, errNoGit
	}
	r := &repo{dir: dir}
	c := r.command("rev-parse", "--absolute-git-dir", "--git-common-dir")
	c.Env = append([]string{"GIT_CEILING_DIRECTORIES=" + filepath.Dir(dir)}, safeEnv...)
	out, err := c.Output(ctx)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	lines := strings.Split(strings.TrimRight(string(out), "\r\n"), "\n")
	if err != nil || len(lines) != 2 {
		return nil, fmt.Errorf("%w: %s is no git repository (%w)", corpus.ErrRootGone, dir, err)
	}
	r.gitDir, r.common = strings.TrimSpace(lines[0]), strings.TrimSpace(lines[1])
	if !filepath.IsAbs(r.common) {
		r.common = filepath.Join(dir, r.common)
	}
	return r, nil
}
