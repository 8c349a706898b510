// Package peak measures how many floating-point operations a second the tier in
// force can do at most.
package peak
