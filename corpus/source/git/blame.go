package git

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Line says who wrote a line last, and in which commit.
type Line struct {
	Number  int
	Commit  string
	Author  string
	Mail    string
	Time    time.Time
	Subject string
	Text    string
}

// Blame tells of each of the lines first to last of a file who wrote it. path is that of a file in
// the working folder of a repository; rev is the revision whose lines are meant, "" the last
// commit. What is not committed has no author yet; and git would run filters on it that the
// repository names.
func Blame(ctx context.Context, path, rev string, first, last int) ([]Line, error) {
	dir, name := filepath.Split(path)
	r := &repo{dir: filepath.Clean(dir)}
	args := []string{"blame", "--porcelain", "--encoding=UTF-8", "--no-textconv", "-L", strconv.Itoa(first) + "," + strconv.Itoa(last)}
	if strings.HasPrefix(rev, "-") {
		return nil, fmt.Errorf("%q is no revision", rev)
	}
	out, err := r.command(append(args, cmp.Or(rev, "HEAD"), "--", name)...).Output(ctx)
	if err != nil {
		return nil, err
	}
	return parseBlame(string(out)), nil
}

// parseBlame reads what git writes for programs: a line with the commit, fields where it comes for
// the first time, and the text behind a tab.
func parseBlame(out string) (lines []Line) {
	known := map[string]*Line{}
	var now *Line
	number := 0
	for line := range strings.Lines(strings.ToValidUTF8(out, "\uFFFD")) {
		line = strings.TrimRight(line, "\r\n")
		key, value, _ := strings.Cut(line, " ")
		switch {
		case strings.HasPrefix(line, "\t") && now != nil:
			l := *now
			l.Number, l.Text = number, line[1:]
			lines = append(lines, l)
		case len(key) >= 40:
			if f := strings.Fields(value); len(f) >= 2 {
				number, _ = strconv.Atoi(f[1])
			}
			if now = known[key]; now == nil {
				now = &Line{Commit: key}
				known[key] = now
			}
		case now == nil:
		case key == "author":
			now.Author = value
		case key == "author-mail":
			now.Mail = strings.Trim(value, "<>")
		case key == "author-time":
			n, _ := strconv.ParseInt(value, 10, 64)
			now.Time = time.Unix(n, 0).UTC()
		case key == "summary":
			now.Subject = value
		}
	}
	return lines
}
