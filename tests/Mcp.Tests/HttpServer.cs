using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ModelContextProtocol.AspNetCore;
using ModelContextProtocol.Server;

namespace AgentTeams.Tests;

/// <summary>An MCP server over HTTP on this machine, made of the official packages.</summary>
internal sealed class HttpServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private HttpServer(WebApplication app) => _app = app;

    public Uri Endpoint => new($"{_app.Urls.First()}/mcp");

    /// <summary>What each request said of who sends it.</summary>
    public ConcurrentQueue<(string? Authorization, string? Key, string? Session)> Requests { get; } = [];

    /// <summary>The sessions that it forgot.</summary>
    public ConcurrentDictionary<string, bool> Forgotten { get; } = [];

    /// <summary>Answers a request in place of the server; true if it did.</summary>
    public Func<HttpContext, Task<bool>> Instead { get; set; } = _ => Task.FromResult(false);

    public static async Task<HttpServer> StartAsync(bool isStateful, params (string Name, Delegate Function)[] tools)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddMcpServer().WithHttpTransport(o => o.SessionMode = isStateful ? HttpServerSessionMode.Stateful : HttpServerSessionMode.Stateless)
            .WithTools(tools.Select(t => McpServerTool.Create(t.Function, new() { Name = t.Name })));
        var app = builder.Build();
        var server = new HttpServer(app);
        app.Use(async (context, next) =>
        {
            var session = context.Request.Headers["Mcp-Session-Id"].FirstOrDefault();
            server.Requests.Enqueue((context.Request.Headers.Authorization.FirstOrDefault(), context.Request.Headers["X-Api-Key"].FirstOrDefault(), session));
            if (session is not null && server.Forgotten.ContainsKey(session)) context.Response.StatusCode = 404;
            else if (!await server.Instead(context)) await next();
        });
        app.MapMcp("/mcp");
        await app.StartAsync();
        return server;
    }

    public Task<McpToolset> ConnectAsync(Func<McpHttpOptions, McpHttpOptions>? configure = null)
    {
        var options = new McpHttpOptions { Name = "remote", Endpoint = Endpoint };
        return McpToolset.ConnectHttpAsync(configure?.Invoke(options) ?? options);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }
}
