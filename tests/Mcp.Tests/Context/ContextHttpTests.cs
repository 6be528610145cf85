using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentTeams.Tests;

/// <summary>A shared context over HTTP, where the server knows who asks.</summary>
public sealed class ContextHttpTests
{
    private static readonly McpHttpServerOptions s_locked = new() { Port = 0, ApiKeys = new Dictionary<string, string> { ["desk"] = "key-of-the-desk", ["guest"] = "key-of-a-guest", ["stranger"] = "key-of-nobody" } };
    private readonly SharedContext _context = new(new() { Store = new InMemoryContextStore(), Run = "run", Rights = role => role == "desk" ? ContextRights.All : new() { Reads = ["open/*"] } });

    [Theory]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task RoleOf_ByTheKey_GivesEachClientItsRights(string revision)
    {
        await using var server = await StartAsync();
        await using var desk = await ConnectAsync(server, revision, "key-of-the-desk");
        await using var guest = await ConnectAsync(server, revision, "key-of-a-guest");
        await using var stranger = await ConnectAsync(server, revision, "key-of-nobody");

        Assert.NotEqual(true, (await SetAsync(desk)).IsError);
        Assert.Contains("'guest' may not write 'plan'", ((TextContentBlock)(await SetAsync(guest)).Content[0]).Text, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<ModelContextProtocol.McpException>(async () => await guest.ReadResourceAsync("context://run/plan"));
        foreach (var ask in (Func<Task>[])[() => SetAsync(stranger), () => stranger.ReadResourceAsync("context://run/open/x").AsTask(), () => stranger.ListResourcesAsync().AsTask()])
            Assert.Contains("nobody who has a role", (await Assert.ThrowsAnyAsync<ModelContextProtocol.McpException>(ask)).Message, StringComparison.Ordinal);
        Assert.Equal(("desk", 1), ((await _context.As("desk").GetAsync("plan"))!.Writer, await _context.As("desk").GetVersionAsync()));

        static async Task<CallToolResult> SetAsync(McpClient client) => await client.CallToolAsync("context_set", new Dictionary<string, object?> { ["key"] = "plan", ["value"] = 1 });
    }

    [Theory]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task Subscribe_OverHttp_HearsOfEachChange(string revision)
    {
        await using var server = await StartAsync();
        await using var desk = await ConnectAsync(server, revision, "key-of-the-desk");
        var heard = System.Threading.Channels.Channel.CreateUnbounded<bool>();
        await using var subscription = await McpSubscriber.SubscribeAsync(desk, "context://run/plan", () => heard.Writer.TryWrite(true));

        for (var change = 0; change < 3; change++)
        {
            await _context.As("desk").SetAsync("plan", change);
            Assert.True(await heard.Reader.ReadAsync());
        }
    }

    private Task<McpHttpServer> StartAsync() => new McpTeamServer(new() { Name = "team", KeptRuns = 0 })
        .AddContext(_context, new() { Role = "desk", RoleOf = user => user?.Identity?.Name is { } name and not "stranger" ? name : null! }).StartHttpAsync(s_locked);

    private static Task<McpClient> ConnectAsync(McpHttpServer server, string revision, string key) => McpClient.CreateAsync(
        new HttpClientTransport(new() { Endpoint = server.Endpoint, TransportMode = HttpTransportMode.StreamableHttp, AdditionalHeaders = new Dictionary<string, string> { ["X-Api-Key"] = key } }), new() { ProtocolVersion = revision });
}
