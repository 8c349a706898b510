package main

import (
	"cmp"
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
)

// fetcher downloads files so that a broken transfer goes on where it stopped.
type fetcher struct {
	client   *http.Client
	progress func(done, total int64) // total is −1 when the server does not say
}

// fetch downloads url to path. The data grow in path.part, and a later call asks the server for the rest only. The file
// takes its name when its MD5 sum is the one asked for ("" = none known); with a wrong sum the part is removed.
// limit bounds what is accepted, in bytes.
func (f *fetcher) fetch(ctx context.Context, url, path, sum string, limit int64) error {
	part := path + ".part"
	out, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return err
	}
	defer out.Close()
	have, err := out.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if err := f.transfer(ctx, url, out, have, limit); err != nil {
		return err
	}
	if sum != "" {
		got, err := md5Of(out)
		if err != nil {
			return err
		}
		if got != sum {
			os.Remove(part)
			return fmt.Errorf("%s: MD5 %s, expected %s; the download was removed", url, got, sum)
		}
	}
	if err := cmp.Or(out.Sync(), out.Close()); err != nil {
		return err
	}
	return os.Rename(part, path)
}

// transfer appends what is missing to out, of which have bytes are there.
func (f *fetcher) transfer(ctx context.Context, url string, out *os.File, have, limit int64) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	if have > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	response, err := f.client.Do(request)
	if err != nil {
		return fmt.Errorf("download: %w", err)
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK: // the server sends everything, whatever was asked
		if err := out.Truncate(0); err != nil {
			return err
		}
		have = 0
	case http.StatusPartialContent:
		var from int64
		if n, _ := fmt.Sscanf(response.Header.Get("Content-Range"), "bytes %d-", &from); n != 1 || from != have {
			return fmt.Errorf("%s: the server answered with range %q where bytes from %d were asked for",
				url, response.Header.Get("Content-Range"), have)
		}
	case http.StatusRequestedRangeNotSatisfiable: // nothing is missing
		return nil
	default:
		return fmt.Errorf("%s: the server answered %s", url, response.Status)
	}
	total := int64(-1)
	if response.ContentLength >= 0 {
		total = have + response.ContentLength
	}
	if total > limit {
		return fmt.Errorf("%s: %d bytes announced, at most %d expected", url, total, limit)
	}
	if _, err := out.Seek(have, io.SeekStart); err != nil {
		return err
	}
	body := io.TeeReader(io.LimitReader(response.Body, limit-have+1), &meter{have, total, f.progress})
	n, err := io.Copy(out, body)
	have += n
	switch {
	case have > limit:
		return fmt.Errorf("%s: more than the %d bytes expected", url, limit)
	case err == nil && total >= 0 && have < total:
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return fmt.Errorf("%s broke off after %d bytes (%w); run the same command again to go on", url, have, err)
	}
	return nil
}

// meter counts what passes and reports it.
type meter struct {
	done, total int64
	report      func(done, total int64)
}

func (m *meter) Write(p []byte) (int, error) {
	m.done += int64(len(p))
	if m.report != nil {
		m.report(m.done, m.total)
	}
	return len(p), nil
}

func md5Of(f *os.File) (string, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", fmt.Errorf("%s: %w", filepath.Base(f.Name()), err)
	}
	h := md5.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
