package report

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"anila/train/checkpoint"
	"anila/train/eval"
	"anila/train/run"
)

// gridImages is the number of images in a picture of samples.
const gridImages = 100

// session draws one session of a run.
type session struct {
	run     *run.Run
	board   *TensorBoard // begins with the session's first event
	picture string       // newest, to go to the board with the event of its checkpoint; "" once there
}

// New returns what shows a run in its folder: pictures under samples, curves under plots, report.html, and a TensorBoard
// event file. It is run.Options' Report.
func New(r *run.Run) run.Reporter { return &session{run: r} }

// Event implements run.Reporter.
func (s *session) Event(e run.Event) error {
	now := time.Now()
	if s.board == nil {
		board, err := CreateTensorBoard(s.run.Folder.Path, now)
		if err != nil {
			return err
		}
		s.board = board
	}
	var err error
	if e.Kind == "start" || e.Kind == "resume" || e.Kind == "rollback" {
		err = s.board.Restart(e.Step, now)
	}
	err = errors.Join(err, s.board.Log(e, now))
	if e.Kind == "checkpoint" && s.picture != "" { // written before the event was logged
		err = errors.Join(err, s.board.Picture(e.Step, "samples", s.picture, now))
		s.picture = ""
	}
	return err
}

// Checkpoint implements run.Reporter.
func (s *session) Checkpoint(c run.Checkpoint) (string, error) {
	path, err := s.samples(c)
	s.picture = path
	events, e := run.ReadEvents(s.run.Folder.Join("events.jsonl"))
	if e == nil {
		e = errors.Join(WritePlots(s.run.Folder.Join("plots"), events), s.page())
	}
	return path, errors.Join(err, e)
}

// samples draws samples/step-000100.png: the chains' end states, for planar toys truth, learned density and chains side by
// side, for other points the chains alone.
func (s *session) samples(c run.Checkpoint) (string, error) {
	path := s.run.Folder.Join("samples", fmt.Sprintf("step-%06d.png", c.Iteration))
	if err := (checkpoint.OS{}).Mkdir(filepath.Dir(path)); err != nil { // and never the run's folder itself
		return "", err
	}
	config := s.run.Config
	title := fmt.Sprintf("%s, %s, iteration %d", config.Data.Name, config.Train.Sampler.Kernel, c.Iteration)
	h, w, channels := c.H, c.W, c.C
	points := c.Bank
	if points == nil {
		points = c.Chains
	}
	switch {
	case c.Likelihood != nil:
		return path, WritePNG(path, Likelihood(c.Likelihood, c.Truth, points, title))
	case h*w == 1 && channels == 2:
		return path, WritePNG(path, Clouds([]string{title}, [][]float32{points}, eval.GridLimit))
	case channels == 1 || channels == 3:
		n := min(gridImages, len(c.Chains)/(h*w*channels))
		return path, WritePNG(path, Grid(c.Chains[:n*h*w*channels], h, w, channels, GridOptions{Columns: 10, Title: fmt.Sprintf("%s: %d chains", title, n)}))
	}
	return "", nil
}

// page writes report.html.
func (s *session) page() error {
	if s.run.Config.Log.Pictures == "none" {
		return nil
	}
	return WritePage(s.run.Folder.Path)
}

// Close implements run.Reporter.
func (s *session) Close() error {
	err := s.page()
	if s.board != nil {
		err = errors.Join(s.board.Close(), err)
	}
	return err
}
