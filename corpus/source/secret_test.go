package source

import (
	"strings"
	"testing"
)

// pem has the form of a private key and the content of none. It is put together so that this file
// is none.
func pem(kind string, lines int) string {
	body := strings.Repeat("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJz\n", lines)
	return "-----BEGIN " + kind + "PRIVATE" + " KEY-----\n" + body + "-----END " + kind + "PRIVATE" + " KEY-----\n"
}

func TestSecretName(t *testing.T) {
	for _, p := range []string{
		".env", "a/.env", ".env.local", ".env.production", "prod.env", ".ENV", ".envrc", "k.p12", "K.PFX", "a.jks", "a.keystore", "db.kdbx", "x.ppk",
		".netrc", "_netrc", ".pgpass", ".htpasswd", "credentials.json", ".aws/credentials", "home/.aws/credentials", ".docker/config.json", ".kube/config",
		"kubeconfig", "my.kubeconfig", "terraform.tfstate", "terraform.tfstate.backup", ".git-credentials", "client_secret_123.json", "service-account.json",
		"token.txt", "access_token", ".vault-token", "secrets.yml", "master.key", ".gnupg/private-keys-v1.d/AB.key", ".bash_history", ".config/gcloud/x.db",
	} {
		if !SecretName(p) {
			t.Errorf("%s is not taken for a secret", p)
		}
	}
	for _, p := range []string{
		".env.example", ".env.sample", ".env.template", ".env.dist", "example.env", "environment", "env.go", "credentials.go", "credentials.md", "aws/credentials",
		"config.json", "docker/config.json", "kube/config", "token.go", "tokens.json", "secrets.go", "secret.yaml", "id_rsa.pub", "a.pem", "a.key", "a.crt", "keystore.java",
		".npmrc", ".pypirc", "history", "x.aws/credentials/y", "terraform.tf",
	} {
		if SecretName(p) {
			t.Errorf("%s is taken for a secret", p)
		}
	}
}

func TestKeyInText(t *testing.T) {
	key, mention := pem("RSA ", 3), "-----BEGIN RSA "+"PRIVATE KEY-----\n"
	escaped := strings.ReplaceAll(key, "\n", `\n`)
	for _, c := range []struct {
		path, text string
		want       bool
	}{
		{"id_rsa", key, true},
		{"id_ed25519", pem("OPENSSH ", 2), true},
		{"a.pem", pem("", 1), true},
		{"a.pem", pem("ENCRYPTED ", 1), true},
		{"chain.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" + key, true},
		{"cert.pem", strings.ReplaceAll(strings.ReplaceAll(key, "RSA "+"PRIVATE"+" KEY", "CERTIFICATE"), "x", "y"), false},
		{"a.key", strings.Replace(key, "-----\n", "-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123\n\n", 1), true},
		{"a.asc", strings.Replace(strings.ReplaceAll(strings.ReplaceAll(key, "RSA ", "PGP "), "KEY-----", "KEY BLOCK-----"), "-----\n", "-----\nVersion: GnuPG v2\n\n", 1), true},
		{"ssh2", strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(key, "RSA ", "SSH2 ENCRYPTED "), "-----BEGIN", "---- BEGIN"), "KEY-----", "KEY ----"), true},
		{"values.yaml", "tls:\n  key: |\n    " + strings.ReplaceAll(key, "\n", "\n    "), true},
		{"service.json", `{"type": "x", "private_key": "` + escaped + `"}`, true},
		{"notes.md", "My key:\n\n" + key, true},
		{"manual.md", "A key begins with\n\n    " + mention + "    ...\n", false},
		{"manual.md", "looks for `" + strings.TrimSpace(mention) + "` in files", false},
		{"parse_test.go", "package a\n\nconst key = `\n" + key + "`\n", false},
		{"hidden.py", key, true},
		{"hidden.py", "\n " + key, true},
		{"key.py", "K = '''" + key + "'''", false},
		{"a.py", mention, false},
		{".npmrc", "//registry.example.org/:_authToken=abcdef0123456789\n", true},
		{".npmrc", "//registry.example.org/:_authToken=${NPM_TOKEN}\nsave-exact=true\n", false},
		{".pypirc", "[pypi]\nusername = __token__\npassword = pypi-abcdef\n", true},
		{".pypirc", "[distutils]\nindex-servers = pypi\n", false},
		{"settings.xml", "<server><password>hunter22</password></server>", true},
		{"settings.xml", "<server><password>${env.PW}</password></server>", false},
		{"config.json", `{"auths": {"registry.example.org": {"auth": "dXNlcjpwYXNz"}}}`, true},
		{"config.json", `{"auths": {}, "debug": true}`, false},
		{"cluster.yaml", "users:\n- name: a\n  user:\n    client-key-data: LS0tLS1CRUdJTiBSU0EgUFJJVkFURQ==\n", true},
		{"deploy.yaml", "kind: Deployment\ntoken: x\n", false},
		{"wg0.conf", "[Interface]\nPrivateKey = " + strings.Repeat("A", 43) + "=\n", true},
		{"nginx.conf", "server { listen 80; }\n", false},
		{"empty", "", false},
	} {
		if got := KeyInText(c.path, []byte(c.text)); got != c.want {
			t.Errorf("%s, %.50q: %v, want %v", c.path, c.text, got, c.want)
		}
	}
}

func BenchmarkKeyInText(b *testing.B) {
	text := []byte(strings.Repeat("An ordinary line of an ordinary file, PRIVATE or not.\n", 1200))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		KeyInText("values.yaml", text)
	}
}
