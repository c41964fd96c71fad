package flow

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// typedWords and typedBytes are how long a question is that somebody typed; what stands in quotes
// is not counted as words.
const (
	typedWords = 16
	typedBytes = 400
)

// pasted tells why a question is taken for something that was pasted, and not typed to be obeyed;
// "" when it was typed.
func pasted(raw string, parts []part) string {
	if strings.ContainsAny(strings.TrimSpace(raw), "\n\r") {
		return "it has several lines"
	}
	var words int
	for _, p := range parts {
		if p.kind != phrase {
			words++
		}
	}
	if words > typedWords || len(raw) > typedBytes {
		return "it is long"
	}
	if message.MatchString(raw) {
		return "it looks like a message of a program"
	}
	for i, p := range parts {
		switch {
		case p.kind == phrase && !typedQuote(parts, i):
			return "it looks like code or data"
		case i == 0 && opening.MatchString(p.raw) && len(parts) > 1:
			return "it looks like a command or a list"
		case p.kind == exclusion && flagLike.MatchString(p.text), p.kind == plain && strings.HasPrefix(p.raw, "--"):
			return "it looks like a command"
		case p.kind == plain && code(p.raw):
			return "it looks like code or data"
		}
	}
	return ""
}

// message matches what programs print: a time at the beginning, a word such as "error:", the place
// of a traceback.
var message = regexp.MustCompile(`(?i)^\s*\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d|^\s*\[?\d\d:\d\d:\d\d|^\s*[a-z]{3} +\d{1,2} \d\d:\d\d:\d\d|` +
	`\bERR!|^\s*File ["“].*line \d|^\s*at .+\(.*:\d+\)|^\s*(?-i:INFO|WARN|ERROR|DEBUG|FATAL|TRACE)\b|` +
	`(?:^|\s|\.)\w*(?:error|exception|fatal|panic|warning|warn|failed|failure|traceback|denied)(?:\[\w+\])?:(?:\s|$)`)

// opening matches a first word that no question begins with: a path to a program, a variable, a
// prompt, the mark of a list, a comment or a mail's quote.
var opening = regexp.MustCompile(`^(?:\.{0,2}/|~/|\$|#|>|[-*+%]$|[A-Za-z]:\\|\d+[.)]$|//|@@|\+\+\+)`)

// flagLike matches what behind a dash is the option of a command: one letter, or one with a value.
var flagLike = regexp.MustCompile(`^(?:[A-Za-z]$|[A-Za-z]\d+$|[A-Za-z][\w-]*[=:,/+.])`)

// code tells whether a word has signs that people do not type between words.
func code(word string) bool {
	switch word {
	case "|", "||", "&&", "*", "=", ">", ">>", "<", "2>&1":
		return true
	}
	if strings.ContainsAny(word, "\\^$|{}[]<`~") && word != "^" {
		return true
	}
	if len(word) > 1 && strings.ContainsAny(word, ";=") {
		return true
	}
	return statements[word]
}

// statements are words of SQL, as people write them there.
var statements = map[string]bool{"SELECT": true, "INSERT": true, "UPDATE": true, "DELETE": true, "CREATE": true,
	"ALTER": true, "FROM": true, "WHERE": true, "JOIN": true, "VALUES": true}

// typedQuote tells whether a phrase stands as quotes in prose do: between spaces or signs of
// punctuation. In {"name": "x"} and printf("x") it does not.
func typedQuote(parts []part, i int) bool {
	p := parts[i]
	if p.before != 0 && !unicode.IsSpace(p.before) && !wide(p.before) && quotes[p.before] == "" {
		if p.before != '(' || parts[i-1].raw != "(" {
			return false
		}
	}
	if p.after == 0 || unicode.IsSpace(p.after) || wide(p.after) || strings.ContainsRune(".,!?)。，、？！", p.after) {
		return i == 0 || !flag(parts[i-1])
	}
	return false
}

// flag tells whether a part is the option of a command, which what follows may be the value of.
func flag(p part) bool {
	r, _ := firstRune(strings.TrimLeft(p.raw, "-"))
	return p.kind != phrase && strings.HasPrefix(p.raw, "-") && unicode.IsLetter(r)
}

// doubtExclusions finds the -words that are text all the same: those between other words, those
// that are no words, and all of a question that is about a command or its options, or holds nothing
// else.
func doubtExclusions(parts []part) {
	first, last := -1, -1 // of the words that stand without
	for i, p := range parts {
		if p.kind == plain || p.kind == phrase {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	about := commandIn(parts)
	for i := range parts {
		p := &parts[i]
		if p.kind != exclusion {
			continue
		}
		switch {
		case first < 0:
			p.doubt = "nothing else is asked for"
		case !excludable(p.text):
			p.doubt = "it is no word"
		case about != "":
			p.doubt = "an option, it seems, because of " + about
		case i > first && i < last:
			p.doubt = "it stands between other words"
		}
	}
}

// commandIn finds the word that makes a question one about a command or its options.
func commandIn(parts []part) string {
	for i, p := range parts {
		word := bare(p)
		if commands[word] || optionWords[word] || p.kind == plain && cmdlet.MatchString(p.raw) {
			return word
		}
		if !everyday[word] || i+1 == len(parts) {
			continue
		}
		if next := parts[i+1]; next.kind == exclusion || subcommands[bare(next)] || strings.Contains(next.raw, "/") {
			return word
		}
	}
	return ""
}

// cmdlet matches the commands of PowerShell: Get-ChildItem.
var cmdlet = regexp.MustCompile(`^[A-Z][a-z]+-[A-Z][A-Za-z]+$`)

// bare is a word without what stands around it; "" for an operator.
func bare(p part) string {
	if p.kind != plain {
		return ""
	}
	return strings.ToLower(strings.Trim(p.raw, "?!.,;:()'"))
}

// excludable tells whether what stands behind a dash is a word that people exclude: two letters at
// least, with a capital at its beginning, or all of them capitals.
func excludable(text string) bool {
	letters, upper := 0, 0
	for i, r := range text {
		switch {
		case unicode.IsLetter(r):
			letters++
			if unicode.IsUpper(r) {
				upper++
			}
		case unicode.IsDigit(r) && i > 0, unicode.IsMark(r), strings.ContainsRune("-_'’", r):
		default:
			return false
		}
	}
	first, _ := firstRune(text)
	if letters < 2 {
		return wide(first)
	}
	return !errno.MatchString(text) && (upper == 0 || upper == letters || upper == 1 && unicode.IsUpper(first))
}

// errno matches the names of error codes, which programs return negated.
var errno = regexp.MustCompile(`^E[A-Z0-9]{2,}$`)

// optionWords say that a question is about options.
var optionWords = words(`flag flags option options switch switches argument arguments arg args parameter parameters`)

// commands are programs whose options people ask about and paste. A word of them in a question
// makes text of what may be an option: a page that explains it must not be dropped for it.
var commands = words(`
	adb ansible apk apt apt-get aria2c awk aws az base64 bash bazel bzip2 cargo cd chgrp chmod chown clang clang++ cmake conda cp
	cpio crontab curl dd deno df dmesg dnf docker docker-compose dotnet du env ffmpeg ffprobe fsck g++ gcc gcloud gdb gh git gofmt
	grep egrep fgrep gunzip gzip helm hg htop iconv ifconfig iptables javac journalctl jq kubectl ld ln ls lsblk lsof ltrace
	minikube mkdir mkfs mv mvn mysqldump nc ncat netcat netstat nginx nmap nohup npm npx nslookup objdump openssl pgrep php pip pip3
	pipx pkill pnpm podman psql pwd pwsh python3 pytest readelf redis-cli rg rm rmdir rpm rsync rustc scp sed sftp sh sluice socat
	sqlite3 ss ssh ssh-keygen sshfs strace su sudo svn swiftc systemctl tar tcpdump terraform tmux traceroute tsc ulimit umount
	uname uniq unzip uv vim wc wget wsl xargs xcodebuild xxd xz yum zsh zstd`)

// everyday are commands that are words of everyday language too: they count where an option or a
// subcommand follows.
var everyday = words(`ant ash at brew bundle bun cat cc composer cut date diff dig echo emacs find fish flow go gradle head
	hostname install ip java join julia kill killall less locate make man mount mysql nano nice ninja node pacman passwd patch
	perf perl poetry powershell ps python ruby screen sort snap split stat tail tee time top touch tr truncate vi watch which
	yarn zig zip`)

var subcommands = words(`build test run vet mod get fmt install list tool generate work clean all add exec start publish init doc`)

func words(list string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		set[w] = true
	}
	return set
}

// joins tells whether a character is of a word that is written with spaces around it.
func joins(r rune) bool { return (unicode.IsLetter(r) || unicode.IsDigit(r)) && !wide(r) }

// wide tells whether a character is of a script that puts no spaces between words.
func wide(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

func firstRune(s string) (rune, int) { return utf8.DecodeRuneInString(s) }

func lastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}
