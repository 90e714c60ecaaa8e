package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/eau2db/eau2/engine"
)

// web tells who watches a node how it is.
type web struct {
	ready  atomic.Bool
	server *http.Server // nil without --http
	ended  chan struct{}
}

// startWeb starts the server of --http, if there is one.
func (o *serveOptions) startWeb(e *engine.Engine, stats *engine.ServeStats, log *slog.Logger) (*web, error) {
	w := &web{ended: make(chan struct{})}
	if o.http == "" {
		return w, nil
	}
	l, err := net.Listen("tcp", o.http)
	if err != nil {
		return nil, fmt.Errorf("--http: %w", err)
	}
	if a, ok := l.Addr().(*net.TCPAddr); ok && !a.IP.IsLoopback() && !o.insecure {
		l.Close()
		return nil, fmt.Errorf("--http %v is not a loopback address: anybody could read it, which takes --insecure", l.Addr())
	}
	w.server = &http.Server{Handler: w.handler(e, stats), ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	log.Info("http", "address", l.Addr().String())
	go func() {
		defer close(w.ended)
		if err := w.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("http ended", "error", err)
		}
	}()
	return w, nil
}

// close ends the server.
func (w *web) close() {
	if w.server != nil {
		w.server.Close()
		<-w.ended
	}
}

func (w *web) handler(e *engine.Engine, stats *engine.ServeStats) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(out http.ResponseWriter, _ *http.Request) { fmt.Fprintln(out, "ok") })
	mux.HandleFunc("/readyz", func(out http.ResponseWriter, r *http.Request) {
		if err := w.readiness(r.Context(), e); err != nil {
			http.Error(out, "not ready: "+err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(out, "ready")
	})
	mux.Handle("/metrics", promhttp.HandlerFor(metrics(e, stats), promhttp.HandlerOpts{}))
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}

// readyTime is how long finding out whether the node is ready may take.
const readyTime = 5 * time.Second

// readiness says why the node is not ready: it does not take clients, or lacks chunks that it is to keep copies of.
func (w *web) readiness(ctx context.Context, e *engine.Engine) error {
	if !w.ready.Load() {
		return errors.New("the node is starting or ending")
	}
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	lacks, err := e.Lacks(ctx)
	if err != nil {
		return err
	}
	if lacks > 0 {
		r := e.Repair()
		return fmt.Errorf("chunks are missing here that this node is to keep copies of: %d; repair has copied %d of %d", lacks, r.Copied, r.ToCopy)
	}
	return nil
}

// metrics are what /metrics shows.
func metrics(e *engine.Engine, stats *engine.ServeStats) *prometheus.Registry {
	r := prometheus.NewRegistry()
	total := func(name, help string, f func() int64) {
		r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: "eau2", Name: name, Help: help}, func() float64 { return float64(f()) }))
	}
	counter := func(name, help string, n *atomic.Int64) { total(name, help, n.Load) }
	gauge := func(name, help string, f func() int64) {
		r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "eau2", Name: name, Help: help}, func() float64 { return float64(f()) }))
	}
	counter("statements_total", "Statements begun.", &stats.Statements)
	counter("statements_failed_total", "Statements that ended with an error, or were cancelled.", &stats.Failed)
	counter("rows_sent_total", "Rows sent to clients.", &stats.Rows)
	counter("row_bytes_sent_total", "Bytes of the rows sent to clients.", &stats.RowBytes)
	counter("load_bytes_received_total", "Bytes of files received from clients.", &stats.LoadBytes)
	gauge("statements_running", "Statements that run now.", stats.Running.Load)
	gauge("clients_running", "Clients who have statements running now.", stats.Clients.Load)
	gauge("memory_used_bytes", "Memory that statements use now.", func() int64 { used, _ := e.MemoryUsed(); return used })
	gauge("memory_limit_bytes", "Memory that statements may use.", func() int64 { _, limit := e.MemoryUsed(); return limit })
	gauge("tables", "Tables.", func() int64 { return int64(len(e.Tables())) })
	gauge("chunks_under_replicated", "Chunks that this node is to keep a copy of and lacks; -1 when that is not known.", func() int64 {
		ctx, cancel := context.WithTimeout(context.Background(), readyTime)
		defer cancel()
		lacks, err := e.Lacks(ctx)
		if err != nil {
			return -1
		}
		return int64(lacks)
	})
	gauge("repair_chunks_to_copy", "Chunks that the repair that runs now has still to copy.", func() int64 {
		p := e.Repair()
		return int64(p.ToCopy - p.Copied)
	})
	total("repair_chunks_copied_total", "Chunks that repair has copied to this node.", func() int64 { return e.Repair().AllCopied })
	total("repair_bytes_copied_total", "Bytes of the chunks that repair has copied to this node.", func() int64 { return e.Repair().AllBytes })
	total("repair_chunks_removed_total", "Surplus chunks that repair has removed from this node.", func() int64 { return e.Repair().Removed })
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}
