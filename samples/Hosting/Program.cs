using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using AgentTeams;
using AgentTeams.Hosting;
using AgentTeams.Storage;
using AgentTeams.Testing;
using AgentTeams.Workflows;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

// A team as a web application: a writer, and a person who lets the text go out. `--smoke` asks it once in JSON and once as server-sent events, and ends.
var smoke = args.Contains("--smoke");
var builder = WebApplication.CreateBuilder(smoke ? ["--urls", "http://127.0.0.1:0", "--Logging:LogLevel:Default=Warning"] : args);

builder.Services.AddAgentTeams()
    // Any IChatClient: a hosted model, Ollama, a local one. Here a script, so that the sample needs nothing.
    .AddChatClient("small", new ScriptedChatClient(call => $"It is about {call.Text}."))
    .AddWorkflow("note", _ => Notes.Create(), o => o.Model = "small")
    .AddCheckpoints(_ => new InMemoryCheckpointStore());
builder.Services.AddHealthChecks().AddAgentTeams();

var app = builder.Build();
app.MapWorkflow("/note", "note");
app.MapHealthChecks("/health");

if (!smoke)
{
    await app.RunAsync();
    return;
}

await app.StartAsync();
using var http = new HttpClient { BaseAddress = new(app.Urls.First()) };
Console.WriteLine($"health: {await http.GetStringAsync(new Uri("/health", UriKind.Relative))}");

using var waiting = await http.PostAsJsonAsync("/note", "rain");
Console.WriteLine($"POST /note: {(int)waiting.StatusCode} {await waiting.Content.ReadAsStringAsync()}");
var run = await waiting.Content.ReadFromJsonAsync<Waiting>();

using var answer = new HttpRequestMessage(HttpMethod.Post, run!.Requests[0].Answer) { Content = JsonContent.Create(new Verdict(true)) };
answer.Headers.Accept.ParseAdd("text/event-stream");
using var response = await http.SendAsync(answer, HttpCompletionOption.ResponseHeadersRead);
await foreach (var e in SseParser.Create(await response.Content.ReadAsStreamAsync()).EnumerateAsync()) Console.WriteLine($"{e.EventType}: {e.Data}");
await app.StopAsync();

internal static class Notes
{
    public static BoundWorkflow<Note, string, Note> Create()
    {
        var wf = Workflow.CreateBuilder<Note>("note");
        var write = wf.AddRole(new Role { Name = "writer", Instructions = "Write a sentence." }, s => s.Topic, (s, reply) => s with { Text = reply.Text });
        var approve = wf.AddHuman<string, Verdict>("approve", s => s.Text, (s, verdict) => s with { IsPublic = verdict.IsGranted });
        wf.Start(write).Then(approve);
        return wf.Build().Bind((string topic) => new Note(topic), s => s);
    }
}

internal sealed record Note(string Topic, string Text = "", bool IsPublic = false);
internal sealed record Verdict(bool IsGranted);
internal sealed record Waiting(string RunId, Request[] Requests);
internal sealed record Request(string Id, string Answer);
