package source

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"
)

// A file holds a secret by its name (SecretName: nothing of it is read) or by its text (KeyInText).
// Both are best effort against mistakes: put what must never be indexed into an ignore file.
// Ordinary passwords inside ordinary files are not looked for.

// SecretName tells from a path alone that a file holds secrets: key containers, password stores,
// token files, environments. Files that hold secrets only sometimes (*.pem, .npmrc) are left to
// KeyInText.
func SecretName(p string) bool {
	p = strings.ToLower(p)
	name := path.Base(p)
	if isExample(name) {
		return false
	}
	return secretNames[name] || secretExts[path.Ext(name)] || isEnvironment(name) || isServiceAccount(name) || hasSecretEnd(p)
}

// isExample spares the templates that are meant to be read.
func isExample(name string) bool {
	for _, word := range []string{"example", "sample", "template", "dist"} {
		if strings.HasSuffix(name, "."+word) || strings.HasPrefix(name, word+".") || strings.HasPrefix(name, ".env."+word+".") {
			return true
		}
	}
	return false
}

func isEnvironment(name string) bool {
	return name == ".env" || name == ".envrc" || strings.HasPrefix(name, ".env.") || strings.HasSuffix(name, ".env")
}

// isServiceAccount knows the names under which cloud consoles hand keys out.
func isServiceAccount(name string) bool {
	if path.Ext(name) != ".json" {
		return false
	}
	for _, begin := range []string{"client_secret", "service-account", "service_account", "serviceaccount"} {
		if strings.HasPrefix(name, begin) {
			return true
		}
	}
	return false
}

// hasSecretEnd compares the end of the path, element by element.
func hasSecretEnd(p string) bool {
	for _, end := range secretEnds {
		if strings.HasSuffix(p, end) && (len(p) == len(end) || p[len(p)-len(end)-1] == '/') {
			return true
		}
	}
	return strings.Contains(p, ".gnupg/private-keys-v1.d/") || strings.Contains(p, ".config/gcloud/")
}

var secretNames = set(
	".netrc", "_netrc", ".pgpass", "pgpass.conf", ".my.cnf", ".mylogin.cnf", ".htpasswd", "htpasswd",
	".git-credentials", ".dockercfg", ".dockerconfigjson", ".s3cfg", ".boto", ".vault-token", ".terraformrc", "terraform.rc",
	"credentials.json", "credentials.tfrc.json", "application_default_credentials.json", "kubeconfig",
	"token", ".token", "token.txt", "token.json", "access_token", "auth_token", "access_token.txt", "auth_token.txt",
	"secrets.yml", "secrets.yaml", "secrets.json", "secrets.toml", "secrets.ini", "secrets.properties", "master.key",
	"wallet.dat", "key3.db", "key4.db", "logins.json", "secring.gpg",
	".bash_history", ".zsh_history", ".sh_history", ".psql_history", ".mysql_history", ".sqlite_history", ".python_history",
	".node_repl_history", ".rediscli_history",
)

var secretExts = set(
	".p12", ".pfx", ".pkcs12", ".jks", ".jceks", ".bks", ".keystore", ".kdb", ".kdbx", ".ppk", ".keytab",
	".keychain", ".keychain-db", ".agilekeychain", ".opvault", ".psafe3", ".tfstate", ".kubeconfig", ".secret", ".secrets", ".token",
)

var secretEnds = []string{
	".aws/credentials", ".docker/config.json", ".kube/config", ".config/gh/hosts.yml", ".config/hub", ".config/git/credentials",
	".gem/credentials", ".cargo/credentials", ".cargo/credentials.toml", ".composer/auth.json", ".azure/accesstokens.json",
	".azure/msal_token_cache.json", "terraform.tfstate.backup", "config/master.key",
}

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}

// KeyInText tells from the beginning of a document's text, whatever its length, that it holds a
// secret.
//
// A private key in PEM counts where its body is there, not where a text only speaks of one
// ("-----BEGIN PRIVATE KEY-----" in a manual, a parser or a grep). Configuration, notes and files
// without extension count wherever the key stands in text. In program source a key is nearly always
// test data, and to leave a test out because of it makes the answer about that test wrong: program
// source counts only where it begins with the key, which is a key under a false name.
func KeyInText(p string, text []byte) bool {
	name := strings.ToLower(path.Base(p))
	if credentialIn(name).in(text) {
		return true
	}
	if isProgram[path.Ext(name)] {
		return bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n\ufeff"), []byte("-----BEGIN ")) && privateKey(text)
	}
	return privateKey(text)
}

// isProgram lists the extensions of program source.
var isProgram = set(
	".go", ".py", ".c", ".h", ".cc", ".cpp", ".cxx", ".hh", ".hpp", ".hxx", ".m", ".mm", ".java", ".kt", ".kts", ".scala", ".groovy",
	".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".vue", ".rs", ".cs", ".fs", ".vb", ".swift", ".rb", ".php", ".pl", ".pm",
	".t", ".lua", ".r", ".jl", ".hs", ".ml", ".mli", ".ex", ".exs", ".erl", ".hrl", ".clj", ".cljs", ".dart", ".zig", ".nim", ".d", ".s", ".asm",
	".sh", ".bash", ".zsh", ".ps1", ".sql", ".proto", ".diff", ".patch",
)

var (
	keyBegin = regexp.MustCompile(`-{4,5} ?BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)? ?-{4,5}`)
	// keyBody is what follows: line ends (as such or escaped), headers, and at least 40 characters
	// of base64.
	keyBody = regexp.MustCompile(`^(?:\\[nr]|[\s"'+,|>\\]|(?:Proc-Type|DEK-Info|Comment|Version|Subject|Charset|Hash): ?[^\n\\]{0,100})*[A-Za-z0-9+/=]{40}`)
	// keyWord is in every private key and in hardly anything else, so the expressions run on few
	// files.
	keyWord = []byte("PRIVATE KEY")
)

// privateKey tells that text holds the block of a private key with its body.
func privateKey(text []byte) bool {
	if !bytes.Contains(text, keyWord) {
		return false
	}
	for _, at := range keyBegin.FindAllIndex(text, -1) {
		if keyBody.Match(text[at[1]:]) {
			return true
		}
	}
	return false
}

// marker is what makes a file of a certain name a secret: one of the words, where the expression
// matches. The words are there because they are found fifty times faster.
type marker struct {
	words []string
	expr  *regexp.Regexp
}

func (m *marker) in(text []byte) bool {
	return m != nil && slices.ContainsFunc(m.words, func(w string) bool { return bytes.Contains(text, []byte(w)) }) && m.expr.Match(text)
}

// credentialIn returns the marker for files of this name, or nil for names that need no look.
func credentialIn(name string) *marker {
	switch {
	case credentialFiles[name]:
		return &credential
	case name == "config.json":
		return &dockerAuth
	case strings.HasSuffix(name, ".yml"), strings.HasSuffix(name, ".yaml"), name == "config":
		return &kubeUser
	case strings.HasSuffix(name, ".conf"), strings.HasSuffix(name, ".netdev"), strings.HasSuffix(name, ".nmconnection"):
		return &wireguard
	}
	return nil
}

var credentialFiles = set(
	".npmrc", ".yarnrc", ".yarnrc.yml", ".pypirc", "pip.conf", "pip.ini", "settings.xml", "nuget.config", "gradle.properties", ".curlrc",
	".wgetrc", "auth.json", "hosts.yml",
)

var (
	credential = marker{[]string{""}, regexp.MustCompile(
		`(?i)(?:_authtoken|_auth|_password|npmauthtoken|password|passwd|token|oauth_token)["']?\s*(?:[:=]|>|"?\s*value=)\s*["']?[^\s"'<>$&{#;]{4}`)}
	dockerAuth = marker{[]string{`"auth`}, regexp.MustCompile(
		`"auths?"\s*:\s*(?:\{[^{}]*\{[^{}]*"(?:auth|identitytoken|password)"\s*:\s*"[^"]|"[A-Za-z0-9+/=]{8})`)}
	kubeUser = marker{[]string{"client-key-data", "id-token", "refresh-token"}, regexp.MustCompile(
		`(?m)^\s*-?\s*(?:client-key-data|id-token|refresh-token):\s*\S{20}`)}
	wireguard = marker{[]string{"PrivateKey", "PresharedKey", "private-key"}, regexp.MustCompile(
		`(?m)^\s*(?:PrivateKey|PresharedKey|private-key)\s*=\s*[A-Za-z0-9+/]{43}=`)}
)
