package live

import (
	"encoding/json"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"anila/train/run"
)

// metrics returns a registry with the run's newest numbers and those of the Go runtime.
func (f *feed) metrics() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collector{f})
	return r
}

// collector reads the feed when Prometheus asks.
type collector struct{ feed *feed }

var gauges = []struct {
	desc  *prometheus.Desc
	value func(run.Event) float64
}{
	{gauge("energy_gap", "(mean f(data) − mean f(chains))/T at the last log step."), func(e run.Event) float64 { return float64(e.Gap) }},
	{gauge("f_data", "Mean f of the data batch."), func(e run.Event) float64 { return float64(e.FData) }},
	{gauge("f_chains", "Mean f of the chains' end states."), func(e run.Event) float64 { return float64(e.FChains) }},
	{gauge("gradient_norm", "Mean norm of the gradient along the chains."), func(e run.Event) float64 { return float64(e.GradientNorm) }},
	{gauge("limited_ratio", "Share of steps that the threshold b limits."), func(e run.Event) float64 { return float64(e.Limited) }},
	{gauge("acceptance_ratio", "Share of proposals accepted."), func(e run.Event) float64 { return float64(e.Acceptance) }},
	{gauge("learning_rate", "Learning rate."), func(e run.Event) float64 { return float64(e.Rate) }},
	{gauge("iterations_per_second", "Parameter updates a second."), func(e run.Event) float64 { return float64(e.IterationsPerSecond) }},
	{gauge("communication_seconds", "Seconds of an iteration in which rank 0 waits for other ranks."), func(e run.Event) float64 { return float64(e.Communication) }},
	{gauge("resident_bytes", "Resident memory of the training process."), func(e run.Event) float64 { return float64(e.Memory) }},
}

var (
	iterations = prometheus.NewDesc("anila_iterations_total", "Parameter updates done.", nil, nil)
	seconds    = prometheus.NewDesc("anila_training_seconds_total", "Wall clock of training over all sessions.", nil, nil)
	rollbacks  = prometheus.NewDesc("anila_rollbacks_total", "Roll-backs after divergence.", nil, nil)
)

func gauge(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("anila_"+name, help, nil, nil)
}

func (c collector) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(c, ch) }

func (c collector) Collect(ch chan<- prometheus.Metric) {
	c.feed.mu.Lock()
	var last run.Event
	if n := len(c.feed.log); n > 0 {
		last = c.feed.log[n-1].value
	}
	var state struct{ Rollbacks float64 }
	err := json.Unmarshal(c.feed.state.value, &state)
	c.feed.mu.Unlock()
	for _, g := range gauges {
		ch <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, g.value(last))
	}
	ch <- prometheus.MustNewConstMetric(iterations, prometheus.CounterValue, float64(last.Step))
	ch <- prometheus.MustNewConstMetric(seconds, prometheus.CounterValue, last.Seconds)
	if err == nil {
		ch <- prometheus.MustNewConstMetric(rollbacks, prometheus.CounterValue, state.Rollbacks)
	}
}
