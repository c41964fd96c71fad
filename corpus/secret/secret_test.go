package secret

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The secrets of these tests are put together at run time, from parts and from a seeded source, so
// that this file holds none.

// chars draws n characters of a set, the same at every run.
func chars(seed uint64, n int, in string) string {
	rng := rand.New(rand.NewPCG(seed, 17))
	b := make([]byte, n)
	for i := range b {
		b[i] = in[rng.IntN(len(in))]
	}
	return string(b)
}

const alnum = digits + upper + lower

// pem has the form of a private key and the content of none.
func pem(kind string, lines int) (head, body, tail string) {
	for i := range lines {
		body += chars(uint64(i), 64, alnum+"+/") + "\n"
	}
	kind += "PRIVATE" + " KEY"
	if strings.HasPrefix(kind, "PGP") {
		kind += " BLOCK"
	}
	return "-----BEGIN " + kind + "-----\n", body, "-----END " + kind + "-----\n"
}

// planted are texts with a secret between « and », and the name of a file.
func planted() [][2]string {
	var all [][2]string
	add := func(path, text string) { all = append(all, [2]string{path, text}) }
	for _, t := range tokens {
		in := ""
		for c := range t.in {
			if t.in[c] && c != '.' && c != '-' && c != '=' && c != '/' && c != '_' {
				in += string(rune(c))
			}
		}
		add("notes.md", "Use "+t.prefix+"«7"+chars(1, t.min-1, in)+"» for now.\n")
	}
	for _, kind := range []string{"", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED ", "PGP "} {
		head, body, tail := pem(kind, 5)
		add("notes.md", "My key:\n\n"+head+"«"+body+"»"+tail+"and more\n")
		add("a_test.go", "const k = `"+head+"«"+body+"»"+tail+"`\n")
		add("values.yaml", "tls:\n  key: |\n    "+head+"«    "+strings.ReplaceAll(strings.TrimSpace(body), "\n", "\n    ")+"\n    »"+tail)
	}
	head, body, tail := pem("RSA ", 3)
	escaped := func(s string) string { return strings.ReplaceAll(s, "\n", `\n`) }
	add("service.json", `{"type": "x", "`+"private"+`_key": "`+escaped(head)+"«"+escaped(body)+"»"+escaped(tail)+`"}`)
	add("a.key", head+"«Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123\n\n"+body+"»"+tail)
	add("cut off.txt", head+"«"+body+"»")
	add("key.txt", "PuTTY-User-Key-File-3: ssh-ed25519\nPublic-Lines: 1\n"+chars(1, 60, alnum)+"\nPrivate-"+"Lines: 2\n«"+chars(2, 64, alnum)+"\n"+chars(3, 24, alnum)+"\n»Private-MAC: ab\n")
	add("log.txt", "GET / Authorization: Bea"+"rer «"+chars(5, 40, alnum)+"» 200\n")
	add("curl.md", "    curl -H 'Authorization: Ba"+"sic «YWxpY2U6c2hhNXZvb1hpZTdh»' https://x\n")
	add("config.json", `{"auths": {"r.test": {"auth": "«YWxpY2U6c2hhNXZvb1hpZTdh»"}}}`)
	add("notes.md", "token eyJ«hbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ"+chars(8, 40, alnum)+"."+chars(9, 43, alnum)+"» end\n")
	add("notes.md", "dial postgres://app:«Zai5ohCh»@db.internal:5432/x\n")
	add("app.go", `db, err := sql.Open("pg", "postgres://app:«zai5ohChu»@db:5432/x")`+"\n")
	add("app.yml", "db:\n  pass"+"word: «Zai5ohCh»\n  user: app\n")
	add("app.yml", "db:\n  pass"+"word: \"«zai5oh Ch»\"\n") // blanks only in a file of secrets: see below
	all = all[:len(all)-1]
	add("application.properties", "spring.datasource.pass"+"word=«zai5ohch»\n")
	add("app.toml", "api_"+"key = \"«"+chars(11, 32, alnum)+"»\"\n")
	add("main.go", "const api"+"Key = \"«"+chars(12, 32, alnum)+"»\"\n")
	add("main.py", "AWS_SEC"+"RET_ACCESS_KEY = '«"+chars(13, 40, alnum+"/+")+"»'\n")
	add("README.md", "Log in with `pass"+"word: «Zai5ohCh%x»`\n")
	add("run.sh", "deploy --to"+"ken=\"«"+chars(14, 40, alnum)+"»\"\n")
	add("settings.xml", "<server><pass"+"word>«Zai5ohCh»</password></server>")
	add("web.config", `<add key="ApiSec`+`ret" value="«`+chars(15, 32, alnum)+`»" />`)
	add("wg0.conf", "[Interface]\nPrivate"+"Key = «"+chars(16, 43, alnum)+"=»\n")
	add(".npmrc", "//r.test/:_auth"+"To"+"ken=«"+chars(17, 36, alnum)+"»\n")
	add("npmrc", "//r.test/:_auth"+"To"+"ken=«zai5oh»\n")
	add("cluster.yaml", "users:\n- name: a\n  user:\n    client-key-data: «LS0tLS1CRUdJTiBSU0EgUFJJVkFURQ==»\n    to"+"ken: «"+chars(18, 40, alnum)+"»\n")
	add("secret.yaml", "apiVersion: v1\ndata:\n  user: «YWxpY2U=»\n  pw: «aHVudGVyMg==»\nkind: Sec"+"ret\nmetadata:\n  name: db\n")
	add("all.yaml", "kind: ConfigMap\ndata:\n  a: b\n---\nkind: Sec"+"ret\nmetadata:\n  name: db\nstringData:\n  conf: |\n«    a = b\n    c = d\n»  pw: «x»\ntype: Opaque\n")
	add("s.json", `{"kind": "Sec`+`ret", "data": {"a": "«YWxpY2U=»", "b": "«eA==»"}, "metadata": {"name": "db"}}`)
	add("prod.env", "PORT=8080\nDB_PASS"+"WORD=«zai5oh»\nSIGNER=«"+chars(19, 32, alnum)+"»\n")
	add("env.local", "export API_TO"+"KEN=«zai5ohchu»\n")
	add("passwords.md", "# Passwords\n\n- bank: «Zai5ohCh»\n- mail: «zai-5oh!»\n\n| site | user | pw |\n|---|---|---|\n| shop | alice | «Aiw7Eish+u» |\n")
	add("vault.yml", "db_pass"+"word: «zaiohchu»\nhost: db.internal\n")
	add("secrets.prod.yaml", "smtp:\n  user: bob\n  pass: «ohCh5zai»\n")
	add("token.txt", "«"+chars(20, 40, alnum)+"»\n")
	add("wifi.conf", "network={\n  ssid=\"home\"\n  pass"+"word=\"«zai5ohch»\"\n}\n")
	return all
}

// marks takes the « and » out of a text and says where they stood.
func marks(text string) (plain string, spans [][2]int) {
	for {
		a, rest, ok := strings.Cut(text, "«")
		plain += a
		if !ok {
			return plain, spans
		}
		in, after, _ := strings.Cut(rest, "»")
		spans = append(spans, [2]int{len(plain), len(plain) + len(in)})
		plain, text = plain+in, after
	}
}

func cut(path string, text []byte) int {
	all := Find(path, text)
	Cut(text, all)
	return len(all)
}

func TestEverySecretIsCut(t *testing.T) {
	for _, c := range planted() {
		plain, spans := marks(c[1])
		text := []byte(plain)
		n := cut(c[0], text)
		if n != len(spans) {
			t.Errorf("%s, %.60q: %d secrets were cut, want %d: %q", c[0], plain, n, len(spans), text)
		}
		want := []byte(plain)
		for _, s := range spans {
			mask(want[s[0]:s[1]])
		}
		if !bytes.Equal(text, want) {
			t.Errorf("%s:\n got %q\nwant %q", c[0], text, want)
		}
	}
}

// harmless are texts in which nothing may be cut.
var harmless = [][2]string{
	{"manual.md", "A key begins with\n\n    -----BEGIN RSA PRIVATE KEY-----\n    ...\n"},
	{"manual.md", "looks for `-----BEGIN PRIVATE KEY-----` in files"},
	{"cert.pem", "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJ\n-----END CERTIFICATE-----\n"},
	{"aws.md", "The sample is AKIAIOSFODNN7EXAMPLE, and ASIAN is a word.\n"},
	{"token.txt", "A token is a word or a sign. The scanner in lex.go makes them, and parse.go reads them one by one.\n"},
	{".envrc", "PATH_add bin\nexport PATH=/opt/go1.26/bin:$PATH\nlayout go\n"},
	{"credentials.json", `{"a":1}`},
	{"app.yml", "password: ${DB_PASSWORD}\ntoken: {{ .Values.token }}\nsecret: changeme\napi_key: <your-api-key>\n"},
	{"app.yml", "secretName: tls-cert-2024\nsecretKeyRef:\n  name: db-secret-1\n  key: password\npasswordPolicy: strong1\n"},
	{"app.yml", "passwordFile: /run/secrets/db1\ntokenUrl: https://a.test/oauth2/token\nimage: vault:1.2.3\n"},
	{"main.go", "password := os.Getenv(\"DB_PASSWORD\")\ntoken := lexer.Next()\nsecret = derive(key, 32)\nif password == \"Zai5ohCh%x\" {\n"},
	{"main.go", "const tokenType = \"application/x-www-form-urlencoded; charset=utf-8\"\nvar token = \"identifier_list\"\n"},
	{"lex.c", "token = TOK_IDENT_1; secret = 0x1234; static const char *password = \"password\";\n"},
	{"main.py", "api_key = os.environ['API_KEY_2']\npassword: str = field(default='')\n"},
	{"i18n/en.json", `{"password": "Your password must have 8 characters", "token": "Enter the token"}`},
	{"README.md", "The password: a word of 8 letters. Token: see RFC 7519. Secret: none. Use https://user:password@host/ or git@github.com:a/b2.git.\n"},
	{"README.md", "Set `token: $GITHUB_TOKEN` and `password=%s`; mail me@example.org, or http://user:${PW}@host, or redis://:<pw>@host.\n"},
	{"go.sum", "golang.org/x/sys v0.1.0 h1:kunALQeHf1/185U1i0GOB/fy1IPRDDpuoOOqRReG57U=\n"},
	{"package-lock.json", `"integrity": "sha512-v2kDEe57lecTulaDIuNTPy3Ry4gLGJ6Z1O3vE1krgXZNrsQ+LFTGHVxVjcXPs17LhbZVGedAJv8XZ1tvj5FvSg=="`},
	{"deploy.yaml", "kind: Deployment\ndata:\n  a: bcdefg1\n---\nkind: SecretProviderClass\ndata:\n  b: c\n"},
	{"cm.yaml", "kind: ConfigMap\ndata:\n  a: bcdefg1\n"},
	{".env.example", "DB_PASSWORD=changeme\nAPI_TOKEN=\n"},
	{"passwords.md", "# Choosing passwords\n\nLength: 12 or more. See https://example.org/a/B2c for how. Written 2024-05-01 by Ann.\n"},
	{"x.c", "static const u8 key[] = { 0x01, 0x02 }; npm_config_user_agent_and_something_else_long = glpat_x;\n"},
	{"tokens", "Seen in 125ee974ff7860b5cd6d62a143ed8e21b288e2b2, by 736870e5-84f0-4973-92ec-06879ce3da0b.\n"},
	{"x.base64", "gQ0AAAAAAAAUEAAAAAAAAFgsA\nABIAAQDAR0AAAAAAACIAAAAAAAAAKA\n"},
	{"npm-token.html", "<style>\n    color: #24292e;\n    font-size: 1.17em;\n</style>\n<svg viewBox=\"0 0 700 700\"><path d=\"M1.75 1.75 0 010 2.474l-8.61 8.61\"/></svg>\n"},
	{"npm-login.1", "npm login --scope=@mycorp\n.SS \"\\fBbypass-2fa\\fR\"\n"},
	{"passwd.expire.cron", "#!/usr/bin/perl\n$LOW_UID=1000;\nif ($userent[2] >= $LOW_UID && $shent[4] != -1) {\n"},
	{"vcenter.ini", "esxi1_password: @ESXI1_PASSWORD\n"},
	{"login.md", "    npm login --scope=@mycorp\n"},
	{"empty", ""},
}

func TestNothingHarmlessIsCut(t *testing.T) {
	for _, c := range harmless {
		text := []byte(c[1])
		if n := cut(c[0], text); n != 0 || string(text) != c[1] {
			t.Errorf("%s: %d cut: %q", c[0], n, text)
		}
	}
}

// TestWhereverItStands: what precedes a secret, and how much of it, makes no difference.
func TestWhereverItStands(t *testing.T) {
	head, body, tail := pem("RSA ", 4)
	for _, gap := range []int{0, 1, 2, 3, 100, 64<<10 - 40, 64<<10 - 3, 64 << 10, 1<<20 + 1} {
		before := strings.Repeat("word ", gap/5) + strings.Repeat("\n", gap%5+1)
		text := []byte(before + head + body + tail + "gh" + "p_" + chars(3, 36, alnum) + "\n")
		n := cut("notes.md", text)
		if n != 2 || bytes.Contains(text, []byte(body[:64])) || !bytes.HasPrefix(text, []byte(before+head)) {
			t.Errorf("behind %d bytes: %d cut", gap, n)
		}
	}
}

func TestNothingElse(t *testing.T) {
	head, body, tail := pem("OPENSSH ", 4)
	for text, want := range map[string]bool{
		head + body + tail:                        true,
		"\n" + head + body + tail + "\n\n":        true,
		"My key\n" + head + body + tail:           false,
		head + body + tail + "and words\n":        false,
		"gh" + "p_" + chars(3, 36, alnum) + "\n":  true,
		"key gh" + "p_" + chars(3, 36, alnum):     false,
		"-----BEGIN CERTIFICATE-----\nAAAA\n":     false,
		"é gh" + "p_" + chars(3, 36, alnum) + " ": false,
	} {
		all := Find("id_rsa", []byte(text))
		if got := len(all) > 0 && NothingElse([]byte(text), all); got != want {
			t.Errorf("%.40q: nothing else: %v", text, got)
		}
	}
}

func TestName(t *testing.T) {
	for _, p := range []string{
		"k.p12", "K.PFX", "a.jks", "db.kdbx", "x.ppk", ".netrc", "_netrc", ".pgpass", ".htpasswd", ".git-credentials", ".vault-token", "rails/config/master.key",
		".gnupg/private-keys-v1.d/AB.key", ".bash_history", ".config/gcloud/x.db",
	} {
		if !Name(p) {
			t.Errorf("%s is read", p)
		}
	}
	for _, p := range []string{
		".env", "env.local", "npmrc", "passwords.md", "vault.yml", "secrets.prod.yaml", "token.txt", "credentials.json", ".envrc", "id_rsa.pub", "a.pem",
		"credentials.go", ".aws/credentials", ".kube/config", "history", "keystore.java", "terraform.tfstate", "example.p12.md",
	} {
		if Name(p) {
			t.Errorf("%s is left out by its name", p)
		}
	}
	for p, want := range map[string]bool{
		"env.local": true, "npmrc": true, "passwords.md": true, "vault.yml": true, "secrets.prod.yaml": true, "a/.env.production": true, "prod.env": true,
		".aws/credentials": true, "x/.kube/config": true, "credentials.json": true, "passwords.html": false, "vault.7": false, "tokens.go": false, "environment.md": false, "tokenizer.md": false,
		".env.example": false, "README.md": false, "secretary.txt": false,
	} {
		if fileOf(p).suspect != want {
			t.Errorf("%s is suspect: %v", p, !want)
		}
	}
}

// FuzzCut: length, line ends and what is no secret never change, and nothing is left to cut.
func FuzzCut(f *testing.F) {
	for _, c := range append(planted(), harmless...) {
		plain, _ := marks(c[1])
		f.Add(c[0], plain)
	}
	f.Fuzz(func(t *testing.T, path, text string) {
		b := []byte(text)
		found := Find(path, b)
		if string(b) != text {
			t.Fatal("looking changed the text")
		}
		Cut(b, found)
		if len(b) != len(text) {
			t.Fatalf("%d bytes of %d", len(b), len(text))
		}
		last := 0
		for _, s := range found {
			if s.Start < last || s.End <= s.Start || s.End > len(text) || string(b[last:s.Start]) != text[last:s.Start] {
				t.Fatalf("%+v behind %d", s, last)
			}
			last = s.End
		}
		if string(b[last:]) != text[last:] {
			t.Fatal("what follows changed")
		}
		for i := range b {
			if (b[i] == '\n') != (text[i] == '\n') || b[i] != text[i] && b[i] != Mask {
				t.Fatalf("byte %d became %q", i, b[i])
			}
		}
	})
}

// TestWhatIsCut lists what is cut out of a folder's files, to be judged by people:
// SLUICE_SECRETS_OF=FOLDER go test ./corpus/secret -run TestWhatIsCut -v
func TestWhatIsCut(t *testing.T) {
	dir := os.Getenv("SLUICE_SECRETS_OF")
	if dir == "" {
		t.Skip("SLUICE_SECRETS_OF names no folder")
	}
	files, bytesRead, cut, docs := 0, int64(0), 0, 0
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(p)
		if err != nil || bytes.IndexByte(text[:min(len(text), 8<<10)], 0) >= 0 {
			return nil //nolint:nilerr // what cannot be read is not judged
		}
		rel, _ := filepath.Rel(dir, p)
		files, bytesRead = files+1, bytesRead+int64(len(text))
		all := Find(filepath.ToSlash(rel), text)
		for _, s := range all {
			fmt.Printf("%s:%d: %q\n", rel, 1+bytes.Count(text[:s.Start], []byte("\n")), text[max(0, s.Start-30):min(s.End, s.Start+60)])
		}
		if cut += len(all); len(all) > 0 {
			docs++
		}
		return nil
	})
	t.Logf("%d files, %d bytes: %d secrets in %d files; %v", files, bytesRead, cut, docs, err)
}

func BenchmarkFind(b *testing.B) {
	name := os.Getenv("SLUICE_BENCH_FILE")
	text := []byte(strings.Repeat("\tif (!page_mapped(page) && key->token != secret_of(page)) /* An ordinary line. */\n", 1200))
	if name != "" {
		var err error
		if text, err = os.ReadFile(name); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Find("mm/x.c", text)
	}
}
