// Command kinds prints, as JSON, the shape of Kubernetes' own kinds: what each type's fields are
// called, how they are encoded, and how they merge.
//
// app/simulator/kubernetes/kinds.json is what it prints for the kinds that the simulator serves:
// ./update writes it anew after another release of Kubernetes is taken.
package main

import (
	"encoding/json"
	"log"
	"os"
	"path"
	"reflect"
	"strconv"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
	"k8s.io/kube-openapi/pkg/common"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"k8s.io/kubernetes/pkg/generated/openapi"
)

// Types that are not encoded as their fields say.
var special = map[string]string{
	"resource.Quantity":                             "quantity",
	"meta/v1.Time":                                  "time",
	"meta/v1.MicroTime":                             "microtime",
	"meta/v1.Duration":                              "string",
	"meta/v1.FieldsV1":                              "any",
	"util/intstr.IntOrString":                       "intorstring",
	"pkg/runtime.RawExtension":                      "any",
	"apiextensions/v1.JSON":                         "any",
	"apiextensions/v1.JSONSchemaPropsOrArray":       "either:apiextensions/v1.JSONSchemaProps",
	"apiextensions/v1.JSONSchemaPropsOrBool":        "either:apiextensions/v1.JSONSchemaProps",
	"apiextensions/v1.JSONSchemaPropsOrStringArray": "either:apiextensions/v1.JSONSchemaProps",
}

// Field is one field of a type; Name is empty where another type's fields stand among its own.
type Field struct {
	Name    string   `json:"name,omitempty"`
	Type    string   `json:"type"`
	Number  int      `json:"number,omitempty"`
	Pointer bool     `json:"pointer,omitempty"`
	Omit    string   `json:"omit,omitempty"`
	List    string   `json:"list,omitempty"`
	Keys    []string `json:"keys,omitempty"`
	Patch   string   `json:"patch,omitempty"`
	Default any      `json:"default,omitempty"`
}

// Type is a type with fields.
type Type struct {
	Atomic bool    `json:"atomic,omitempty"`
	Fields []Field `json:"fields"`
}

type printer struct {
	definitions map[string]common.OpenAPIDefinition
	types       map[string]Type
}

func main() {
	must(apiextensions.AddToScheme(scheme.Scheme))
	must(apiregistration.AddToScheme(scheme.Scheme))
	reference := func(name string) spec.Ref { return spec.MustCreateRef(name) }
	p := printer{openapi.GetOpenAPIDefinitions(reference), map[string]Type{}}
	kinds := map[string]string{}
	for _, argument := range os.Args[1:] {
		version, kind := path.Split(argument)
		parsed, err := schema.ParseGroupVersion(strings.TrimSuffix(version, "/"))
		must(err)
		object, err := scheme.Scheme.New(parsed.WithKind(kind))
		must(err)
		kinds[argument] = p.typeOf(reflect.TypeOf(object).Elem())
	}
	must(json.NewEncoder(os.Stdout).Encode(map[string]any{"kinds": kinds, "types": p.types}))
}

// typeOf names a type, and notes it with all that it is made of.
func (p printer) typeOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return p.typeOf(t.Elem())
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "bytes"
		}
		return "list:" + p.typeOf(t.Elem())
	case reflect.Map:
		return "map:" + p.typeOf(t.Elem())
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Float32, reflect.Float64:
		return "number"
	case reflect.Struct:
		return p.structOf(t)
	default:
		return t.Kind().String()
	}
}

func (p printer) structOf(t reflect.Type) string {
	name := strings.Join(lastTwo(t.PkgPath()), "/") + "." + t.Name()
	if t.PkgPath() == "k8s.io/apimachinery/pkg/api/resource" {
		name = "resource." + t.Name()
	}
	if other, found := special[name]; found {
		if inner, is := strings.CutPrefix(other, "either:"); is {
			p.noteField(t, inner)
		}
		return other
	}
	p.note(t, name)
	return name
}

// noteField notes the type of the schemas behind "a schema or something else".
func (p printer) noteField(t reflect.Type, name string) {
	for i := range t.NumField() {
		if found := t.Field(i).Type; found.Kind() == reflect.Pointer {
			p.note(found.Elem(), name)
		}
	}
}

func (p printer) note(t reflect.Type, name string) {
	if _, found := p.types[name]; found {
		return
	}
	p.types[name] = Type{}
	definition := p.definition(t)
	noted := Type{Atomic: definition.Extensions["x-kubernetes-map-type"] == "atomic"}
	for i := range t.NumField() {
		noted.Fields = append(noted.Fields, p.field(t.Field(i), definition))
	}
	p.types[name] = noted
}

func (p printer) definition(t reflect.Type) spec.Schema {
	named, is := reflect.New(t).Elem().Interface().(interface{ OpenAPIModelName() string })
	if !is {
		return spec.Schema{}
	}
	return p.definitions[named.OpenAPIModelName()].Schema
}

func (p printer) field(f reflect.StructField, definition spec.Schema) Field {
	name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	found := Field{
		Name:    name,
		Type:    p.typeOf(f.Type),
		Number:  number(f.Tag.Get("protobuf")),
		Pointer: f.Type.Kind() == reflect.Pointer,
		Patch:   f.Tag.Get("patchMergeKey"),
	}
	for _, option := range strings.Split(options, ",") {
		if rest, is := strings.CutPrefix(option, "omit"); is {
			found.Omit = rest
		}
	}
	property := definition.Properties[name]
	found.List, _ = property.Extensions["x-kubernetes-list-type"].(string)
	if property.Extensions["x-kubernetes-map-type"] == "atomic" {
		found.List = "atomic"
	}
	if keys, is := property.Extensions["x-kubernetes-list-map-keys"].([]any); is {
		for _, key := range keys {
			found.Keys = append(found.Keys, key.(string))
		}
	}
	if property.Default != nil && !reflect.ValueOf(property.Default).IsZero() {
		if value := reflect.ValueOf(property.Default); value.Kind() != reflect.Map {
			found.Default = property.Default
		}
	}
	return found
}

func lastTwo(pkg string) []string {
	parts := strings.Split(pkg, "/")
	return parts[len(parts)-2:]
}

func number(tag string) int {
	parts := strings.Split(tag, ",")
	if len(parts) < 2 {
		return 0
	}
	found, _ := strconv.Atoi(parts[1])
	return found
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
