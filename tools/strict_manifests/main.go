// strict_manifests FILE…: decodes every Kubernetes object in these YAML files into the types of the
// API itself. A member that the API does not know, a value of the wrong type or a version that is gone is
// named; what is no object of Kubernetes is passed over.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	plain "sigs.k8s.io/yaml"
)

func decoder() runtime.Decoder {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		apps.AddToScheme, autoscaling.AddToScheme, batch.AddToScheme,
		core.AddToScheme, networking.AddToScheme, policy.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			panic(err)
		}
	}
	return serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
}

func isObject(document []byte) bool {
	var head struct {
		Kind       string `json:"kind"`
		APIVersion string `json:"apiVersion"`
	}
	return plain.Unmarshal(document, &head) == nil && head.Kind != "" && head.Kind != "Kustomization"
}

// problemsOf counts the objects of a file and names what is wrong with them.
func problemsOf(path string, decode runtime.Decoder) (int, []error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, []error{err}
	}
	defer file.Close()
	count, problems := 0, []error{}
	for documents := yaml.NewYAMLReader(bufio.NewReader(file)); ; {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return count, problems
		}
		if err != nil {
			return count, append(problems, err)
		}
		if !isObject(document) {
			continue
		}
		count++
		if _, _, err := decode.Decode(document, nil, nil); err != nil {
			problems = append(problems, err)
		}
	}
}

func main() {
	decode, total, wrong := decoder(), 0, 0
	for _, path := range os.Args[1:] {
		count, problems := problemsOf(path, decode)
		total += count
		wrong += len(problems)
		for _, problem := range problems {
			fmt.Fprintf(os.Stderr, "%s: %v\n", path, problem)
		}
	}
	if wrong > 0 {
		os.Exit(1)
	}
	fmt.Printf("%d objects are as the API wants them\n", total)
}
