package netx

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Time and size limits of a server. A slow client costs a goroutine, so none may be slow for ever;
// how long an answer takes is its handler's business.
const (
	headerWait   = 10 * time.Second
	bodyWait     = time.Minute
	idleWait     = 2 * time.Minute
	shutdownWait = 5 * time.Second
)

// ServerOptions say where a Server listens.
type ServerOptions struct {
	Address   string // HOST:PORT, or PORT alone for this machine only
	Cert, Key []byte // PEM; nil: plain HTTP
}

// Server is the one way in.
type Server struct {
	listener net.Listener
	tls      *tls.Config
	grace    time.Duration // that what is under way has at the end
}

// Listen opens a server's socket.
func Listen(ctx context.Context, o ServerOptions) (*Server, error) {
	if _, err := strconv.ParseUint(o.Address, 10, 16); err == nil {
		o.Address = net.JoinHostPort("127.0.0.1", o.Address)
	}
	if _, _, err := net.SplitHostPort(o.Address); err != nil {
		return nil, fmt.Errorf("%q is no address to listen at: write HOST:PORT, for instance 127.0.0.1:7117", o.Address)
	}
	s := &Server{grace: shutdownWait}
	if o.Cert != nil || o.Key != nil {
		pair, err := tls.X509KeyPair(o.Cert, o.Key)
		if err != nil {
			return nil, fmt.Errorf("the certificate and its key: %w", err)
		}
		s.tls = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	}
	var err error
	if s.listener, err = new(net.ListenConfig).Listen(ctx, "tcp", o.Address); err != nil {
		return nil, fmt.Errorf("cannot listen at %s: %w", o.Address, err)
	}
	return s, nil
}

// Address is where the server listens, as HOST:PORT.
func (s *Server) Address() string { return s.listener.Addr().String() }

// URL is where the server is found from this machine.
func (s *Server) URL() string {
	scheme := "http"
	if s.tls != nil {
		scheme = "https"
	}
	host, port, _ := net.SplitHostPort(s.Address())
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return scheme + "://" + net.JoinHostPort(host, port) + "/"
}

// Private tells whether only this machine can reach the server.
func (s *Server) Private() bool {
	a, ok := s.listener.Addr().(*net.TCPAddr)
	return ok && a.IP.IsLoopback()
}

// Close lets the socket go, where Serve was not called.
func (s *Server) Close() error { return s.listener.Close() }

// Serve answers until ctx ends; then it takes nothing new, gives what is under way a few seconds,
// and ends that too.
func (s *Server) Serve(ctx context.Context, h http.Handler) error {
	requests, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	server := &http.Server{Handler: h, ReadHeaderTimeout: headerWait, ReadTimeout: bodyWait, IdleTimeout: idleWait, MaxHeaderBytes: headerMax,
		BaseContext: func(net.Listener) context.Context { return requests }, ErrorLog: silent()}
	listener := s.listener
	if s.tls != nil {
		server.TLSConfig = s.tls
		listener = tls.NewListener(listener, s.tls)
	}
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.grace)
		defer cancel()
		if err := server.Shutdown(late); err != nil {
			cut() // whoever still streams is told, and then cut off
			_ = server.Close()
		}
		close(ended)
	})
	err := server.Serve(listener)
	if !stop() {
		<-ended
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// silent is the log of a server that has none: what goes wrong is told to the client.
func silent() *log.Logger { return log.New(io.Discard, "", 0) }
