package data

import (
	"cmp"
	"context"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"anila/internal/files"
)

const (
	flowersFolder  = "flowers102-64px"
	flowersAddress = "https://www.robots.ox.ac.uk/~vgg/data/flowers/102/102flowers.tgz"
	folderSize     = 32 // when no size is asked for
)

// openFolder reads all pictures under dir at size×size. Names are taken in byte order of their slash-separated paths;
// where every picture lies in a sub-folder, the sub-folders of the first level, in byte order, are the labels.
func openFolder(ctx context.Context, name, dir string, size int, progress func(done, total int)) (*Images, error) {
	missing := &MissingError{Name: name, Dir: dir, Files: []string{"*" + strings.Join(pictureEndings(), ", *")}}
	if dir == "" {
		return nil, missing
	}
	found, err := walk(dir)
	if err != nil {
		return nil, err
	}
	names := found.pictures
	if len(names) == 0 {
		missing.Notes = found.notes
		return nil, missing
	}
	size = cmp.Or(size, folderSize)
	if err := checkRoom(len(names), size, 3); err != nil {
		return nil, err
	}
	set := &Images{name: name, h: size, w: size, c: 3, pixels: make([]byte, len(names)*size*size*3), notes: found.notes}
	set.labels, set.classes = folderLabels(names)
	if err := decodeAll(ctx, set, dir, names, progress); err != nil {
		return nil, err
	}
	return set, nil
}

// openFlowers reads the pictures of Oxford Flowers 102 from dir/flowers102-64px (or jpg, the folder of the official
// archive, or dir itself).
func openFlowers(ctx context.Context, name, dir string, size int, progress func(done, total int)) (*Images, error) {
	const first = "image_00001.jpg"
	found, err := findFolder(dir, []string{first}, flowersFolder, "jpg", "flowers", "flowers/jpg")
	if err != nil {
		return nil, err
	}
	if found == "" {
		return nil, &MissingError{Name: name, Dir: dir, Files: []string{flowersFolder + "/" + first, "…", "image_08189.jpg"}, Address: flowersAddress}
	}
	return openFolder(ctx, name, found, size, progress)
}

func folderLabels(names []string) (labels []uint16, classes []string) {
	labels = make([]uint16, len(names))
	index := map[string]uint16{}
	for i, name := range names {
		class, _, ok := strings.Cut(name, "/")
		if !ok || len(classes) == 1<<16 {
			return nil, nil
		}
		if _, known := index[class]; !known {
			index[class] = uint16(len(classes))
			classes = append(classes, class)
		}
		labels[i] = index[class]
	}
	return labels, classes
}

// decodeAll fills set with the pictures dir/names, one worker a core. The error returned is that of the first bad name in
// order among those met, so that it does not depend on luck when there is only one.
func decodeAll(ctx context.Context, set *Images, dir string, names []string, progress func(done, total int)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var next atomic.Int64
	var mu sync.Mutex
	done, bad := 0, len(names)
	var failure error
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(names)) {
		workers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(names) || ctx.Err() != nil {
					return
				}
				err := readPictureInto(set.Bytes(i), set.h, filepath.Join(dir, filepath.FromSlash(names[i])))
				mu.Lock()
				if err != nil {
					if i < bad {
						bad, failure = i, err
					}
					cancel()
				} else if done++; progress != nil && (done%64 == 0 || done == len(names)) {
					progress(done, len(names))
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	if failure == nil {
		failure = context.Cause(ctx)
	}
	return failure
}

func readPictureInto(dst []byte, size int, path string) error {
	f, n, err := files.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return decodePicture(dst, size, path, f, n)
}
