package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/adrg/xdg"
	"github.com/spf13/cobra"

	"sluice/internal/vfs"
	"sluice/serve"
	"sluice/serve/httpapi"
)

// tokensName is the file of tokens in the user's configuration folder; only its owner can read it.
const tokensName = "tokens.json"

// tokenVariable names the owner's token for a server that has no such file, as in a container.
const tokenVariable = "SLUICE_TOKEN"

// ownersName is the name of the token that sees everything.
const ownersName = "owner"

// storedToken is one token as the file has it. Of the owner's the secret itself is kept, so that
// it can be shown again; of all others only what recognises it.
type storedToken struct {
	Name    string   `json:"name"`
	Made    string   `json:"made"` // RFC 3339
	SHA256  string   `json:"sha256"`
	Secret  string   `json:"secret,omitempty"`
	Sources []string `json:"sources"` // null: all
}

// tokenReply is what `token` prints with --json.
type tokenReply struct {
	Name    string   `json:"name"`
	Made    string   `json:"made,omitempty"`
	Sources []string `json:"sources"`
	Token   string   `json:"token,omitempty"`
}

func (a *app) tokenVerb() *cobra.Command {
	cmd := &cobra.Command{
		Use: "token", Short: "Tokens for `sluice serve`: show, add, list, remove", Args: cobra.NoArgs,
		Long: "A token lets a program call `sluice serve` from elsewhere, and change things. It is sent as Authorization: Bearer TOKEN.",
		Example: `  sluice token show
  sluice token add phone --source notes --source mail
  sluice token remove phone`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		&cobra.Command{Use: "show", Short: "Print the owner's token, which sees everything", Args: cobra.NoArgs,
			RunE: a.verb(func(cmd *cobra.Command, _ []string) (any, func(), error) {
				t, err := a.ownersToken(cmd.Context())
				return tokenReply{Name: ownersName, Token: t}, func() { a.printf("%s\n", t) }, err
			})},
		a.tokenAddVerb(),
		&cobra.Command{Use: "list", Short: "List the tokens; their secrets are not kept", Args: cobra.NoArgs,
			RunE: a.verb(func(*cobra.Command, []string) (any, func(), error) {
				all, err := readTokens()
				if err != nil {
					return nil, nil, err
				}
				return replies(all), func() {
					for _, t := range all {
						a.printf("%s  %s  made %s\n", a.style.Strong(t.Name), seen(t.Sources), t.Made)
					}
				}, nil
			})},
		&cobra.Command{Use: "remove NAME", Short: "Remove a token: a running server refuses it at once", Args: cobra.ExactArgs(1),
			RunE: a.verb(func(cmd *cobra.Command, args []string) (any, func(), error) {
				err := a.editTokens(cmd.Context(), func(all []storedToken) ([]storedToken, error) {
					left := slices.DeleteFunc(all, func(t storedToken) bool { return t.Name == args[0] })
					if len(left) == len(all) {
						return nil, serve.Nothingf("there is no token %q; `sluice token list` names them", args[0])
					}
					return left, nil
				})
				return tokenReply{Name: args[0]}, func() { a.printf("removed %s\n", args[0]) }, err
			})},
	)
	return cmd
}

func (a *app) tokenAddVerb() *cobra.Command {
	var sources []string
	cmd := &cobra.Command{Use: "add NAME", Short: "Make a token and print it, once", Args: cobra.ExactArgs(1),
		RunE: a.verb(func(cmd *cobra.Command, args []string) (any, func(), error) {
			if err := a.thereAre(cmd.Context(), sources); err != nil {
				return nil, nil, err
			}
			t, secret := newToken(args[0], a.clock.Now())
			t.Secret, t.Sources = "", sources
			err := a.editTokens(cmd.Context(), func(all []storedToken) ([]storedToken, error) {
				if slices.ContainsFunc(all, func(o storedToken) bool { return o.Name == t.Name }) {
					return nil, serve.Nothingf("there is a token %q already: remove it, or take another name", t.Name)
				}
				return append(all, t), nil
			})
			if err != nil {
				return nil, nil, err
			}
			return tokenReply{t.Name, t.Made, t.Sources, secret}, func() {
				a.printf("%s\n", secret)
				a.notef("it is not kept and cannot be shown again; it sees %s", seen(t.Sources))
			}, nil
		})}
	cmd.Flags().StringArrayVar(&sources, "source", nil, "a source that it may see, by its `LABEL` (repeatable; default: all of them)")
	return cmd
}

// thereAre refuses labels that no source has: a token for one would see nothing, and nobody would
// know why.
func (a *app) thereAre(ctx context.Context, labels []string) error {
	if len(labels) == 0 {
		return nil
	}
	svc, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer svc.Close()
	out, err := svc.Sources(ctx)
	if out == nil {
		return err
	}
	var known []string
	for _, s := range out.Sources {
		known = append(known, s.Label)
	}
	for _, label := range labels {
		if !slices.Contains(known, label) {
			return serve.Usagef("%w %q; this store has: %s", serve.ErrNoSource, label, cmp.Or(strings.Join(known, ", "), "none"))
		}
	}
	return nil
}

// seen words what a token may see.
func seen(sources []string) string {
	if sources == nil {
		return "all sources"
	}
	return "sources: " + strings.Join(sources, ", ")
}

func replies(all []storedToken) []tokenReply {
	out := []tokenReply{}
	for _, t := range all {
		out = append(out, tokenReply{Name: t.Name, Made: t.Made, Sources: t.Sources})
	}
	return out
}

// newToken makes a token of 160 bits by lot.
func newToken(name string, now time.Time) (storedToken, string) {
	var lot [20]byte
	_, _ = rand.Read(lot[:]) // it never fails
	secret := httpapi.TokenPrefix + hex.EncodeToString(lot[:])
	hash := sha256.Sum256([]byte(secret))
	return storedToken{Name: name, Made: now.UTC().Format(time.RFC3339), SHA256: hex.EncodeToString(hash[:]), Secret: secret}, secret
}

// ownersToken is the token that sees everything. It is made when it is first wanted.
func (a *app) ownersToken(ctx context.Context) (secret string, err error) {
	if t := a.getenv(tokenVariable); t != "" {
		return t, nil
	}
	err = a.editTokens(ctx, func(all []storedToken) ([]storedToken, error) {
		for _, t := range all {
			if t.Name == ownersName && t.Secret != "" {
				secret = t.Secret
				return all, nil
			}
		}
		all = slices.DeleteFunc(all, func(t storedToken) bool { return t.Name == ownersName })
		var t storedToken
		t, secret = newToken(ownersName, a.clock.Now())
		return append(all, t), nil
	})
	return secret, err
}

func tokensFolder() string { return filepath.Join(xdg.ConfigHome, "sluice") }

// readTokens reads the file of tokens; none is no tokens.
func readTokens() (all []storedToken, err error) {
	name := filepath.Join(tokensFolder(), tokensName)
	b, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &all)
	}
	if err != nil {
		return nil, fmt.Errorf("the tokens in %s cannot be read: %w: mend the file, or remove it to begin anew", name, err)
	}
	return all, nil
}

// editTokens changes the file of tokens. A reader finds the file before or after the change.
func (a *app) editTokens(ctx context.Context, edit func([]storedToken) ([]storedToken, error)) error {
	files := vfs.OS(tokensFolder())
	if err := files.MkdirAll(""); err != nil {
		return err
	}
	lock, err := files.Lock(tokensName+".lock", vfs.Exclusive, a.wait, ctx)
	if err == nil {
		defer lock.Close()
	} else if !errors.Is(err, vfs.ErrNoLocks) {
		return err
	}
	before, err := readTokens()
	if err != nil {
		return err
	}
	after, err := edit(slices.Clone(before))
	if err != nil || slices.EqualFunc(before, after, func(a, b storedToken) bool { return a.Name == b.Name && a.SHA256 == b.SHA256 }) {
		return err
	}
	b, err := json.MarshalIndent(after, "", "  ")
	if err != nil {
		return err
	}
	part := filepath.Join(tokensFolder(), tokensName+".new")
	if err := os.WriteFile(part, append(b, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(part, filepath.Join(tokensFolder(), tokensName))
}

// tokensNow gives a server the tokens as the file has them: it is read again when it has changed.
// One that cannot be read lets nobody in.
func (a *app) tokensNow() func() []httpapi.Token {
	var mu sync.Mutex
	var known []httpapi.Token
	var seen os.FileInfo
	var always []httpapi.Token
	if secret := a.getenv(tokenVariable); secret != "" {
		always = []httpapi.Token{{Name: ownersName, Hash: sha256.Sum256([]byte(secret))}}
	}
	return func() []httpapi.Token {
		mu.Lock()
		defer mu.Unlock()
		now, err := os.Stat(filepath.Join(tokensFolder(), tokensName))
		if err != nil {
			seen, known = nil, nil
			return always
		}
		if seen != nil && os.SameFile(seen, now) && seen.ModTime().Equal(now.ModTime()) && seen.Size() == now.Size() {
			return known
		}
		all, _ := readTokens()
		seen, known = now, slices.Clone(always)
		for _, t := range all {
			one := httpapi.Token{Name: t.Name, Sources: t.Sources}
			if n, err := hex.Decode(one.Hash[:], []byte(t.SHA256)); err == nil && n == len(one.Hash) {
				known = append(known, one)
			}
		}
		return known
	}
}
