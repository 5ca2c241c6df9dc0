// The host's half of go-plugin as HashiCorp publishes it, set up as Terraform sets it up, with our provider as its
// plugin: one round from start to end, and one line of JSON on standard output about what was seen.
package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"
	"google.golang.org/protobuf/types/known/emptypb"
)

// What both Terraform and OpenTofu expect a provider to insist on.
var handshake = plugin.HandshakeConfig{
	MagicCookieKey:   "TF_PLUGIN_MAGIC_COOKIE",
	MagicCookieValue: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
}

// seen is what is reported.
type seen struct {
	// The version of the plugin protocol that was negotiated.
	Protocol int `json:"protocol"`
	// The TLS version and the application protocol of the connection.
	TLS  string `json:"tls"`
	ALPN string `json:"alpn"`
	// The size of GetProviderSchema's answer, and whether the resource type is in it.
	SchemaBytes int  `json:"schema_bytes"`
	HasType     bool `json:"has_type"`
	// The plugin's exit code after Kill, -1 if a signal ended it, and how long that took.
	ExitCode          int   `json:"exit_code"`
	EndedMicroseconds int64 `json:"ended_us"`
}

// provider hands out the bare connection: the calls are made by name, so that no generated code is needed.
type provider struct {
	plugin.NetRPCUnsupportedPlugin
}

func (provider) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error {
	return fmt.Errorf("only the host's half is here")
}

func (provider) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, connection *grpc.ClientConn) (any, error) {
	return connection, nil
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: go-plugin-client BINARY RESOURCE_TYPE")
		os.Exit(2)
	}
	// Whatever happens, no plugin is left running.
	report, err := host(os.Args[1], os.Args[2])
	plugin.CleanupClients()
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(report)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func host(binary, resourceType string) (*seen, error) {
	command := exec.Command(binary)
	plugins := plugin.PluginSet{"provider": provider{}}
	client := plugin.NewClient(&plugin.ClientConfig{
		Cmd:             command,
		HandshakeConfig: handshake,
		// Terraform knows both, in whatever order.
		VersionedPlugins: map[int]plugin.PluginSet{5: plugins, 6: plugins},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:         true,
		Managed:          true,
		Logger:           hclog.New(&hclog.LoggerOptions{Output: os.Stderr, Level: hclog.Trace}),
	})

	rpc, err := client.Client()
	if err != nil {
		return nil, fmt.Errorf("cannot connect: %w", err)
	}
	raw, err := rpc.Dispense("provider")
	if err != nil {
		return nil, fmt.Errorf("cannot dispense the provider: %w", err)
	}
	connection, ok := raw.(*grpc.ClientConn)
	if !ok {
		return nil, fmt.Errorf("dispensed a %T, not a connection", raw)
	}

	// A message keeps the fields that it does not know, so the empty one holds any answer.
	limited, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var answer emptypb.Empty
	var server peer.Peer
	err = connection.Invoke(limited, "/tfplugin6.Provider/GetProviderSchema", &emptypb.Empty{}, &answer, grpc.Peer(&server))
	if err != nil {
		return nil, fmt.Errorf("GetProviderSchema: %w", err)
	}
	schema := answer.ProtoReflect().GetUnknown()
	secured, ok := server.AuthInfo.(credentials.TLSInfo)
	if !ok {
		return nil, fmt.Errorf("the connection is secured by %v, not by TLS", server.AuthInfo)
	}

	// The standard health service.
	if err := rpc.Ping(); err != nil {
		return nil, fmt.Errorf("ping: %w", err)
	}

	report := &seen{
		Protocol:    client.NegotiatedVersion(),
		TLS:         tls.VersionName(secured.State.Version),
		ALPN:        secured.State.NegotiatedProtocol,
		SchemaBytes: len(schema),
		HasType:     strings.Contains(string(schema), resourceType),
	}

	// Asks the plugin to end, waits up to two seconds and kills it then; a killed process has no exit code of its own.
	asked := time.Now()
	client.Kill()
	report.EndedMicroseconds = time.Since(asked).Microseconds()
	report.ExitCode = command.ProcessState.ExitCode()
	return report, nil
}
