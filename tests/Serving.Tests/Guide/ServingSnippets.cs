using System.ClientModel;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.AI;
using OpenAI;

namespace AgentTeams.Tests;

/// <summary>The code of docs/serving.md, as it stands there.</summary>
internal static class ServingSnippets
{
    public static async Task ServeAsync(string[] texts)
    {
        using var model = CpuLanguageModel.Create(LocalModelOptions.FromTexts("tiny", texts, new SeedKey(1)));
        var client = model.GetChatClient(model.Base);

        await using var server = await TeamServer.StartAsync(new() { Models = { ["tiny"] = client }, Port = 8080 });
        Console.WriteLine($"Listening on {server.Endpoint}; Ctrl-C ends.");
        await server.WaitForShutdownAsync();
    }

    public static async Task AskAsync(string key, Uri endpoint)
    {
        var openAI = new OpenAIClient(new ApiKeyCredential(key), new OpenAIClientOptions { Endpoint = endpoint });
        var chat = openAI.GetChatClient("tiny");
        var completion = await chat.CompleteChatAsync("How many apples?");
        Console.WriteLine(completion.Value.Content[0].Text);

        await foreach (var update in chat.CompleteChatStreamingAsync("And how many pens?"))
            foreach (var part in update.ContentUpdate) Console.Write(part.Text);
    }

    public static (TeamServerOptions Options, IChatClient Team) Teams(IChatClient client, string key)
    {
        var coder = new Role { Name = "coder", Instructions = "Write the operator.", Options = new() { Temperature = 0.2f } };
        var wf = Workflow.CreateBuilder<Draft>("write-review");
        var write = wf.AddRole(coder, s => s.Question, (s, reply) => s with { Text = reply.Text });
        var review = wf.AddRole(new Role { Name = "reviewer" }, s => s.Text, (s, reply) => s with { Text = reply.Text });
        wf.Start(write).Then(review);
        var workflow = wf.Build();

        var options = new TeamServerOptions
        {
            Models =
            {
                ["base"] = client,
                ["coder"] = ServedModel.From(coder, client),
                ["team"] = ServedModel.From(workflow, question => new Draft(question), s => s.Text, TeamRuntime.ForAll(client)),
            },
            ApiKey = key,
        };

        var talk = workflow.BindChat(messages => new Draft(string.Join("\n", messages.Select(m => m.Text))), s => s.Text);
        var team = ServedModel.From(talk, TeamRuntime.ForAll(client));
        return (options, team);
    }

    public static WebApplication Application(IChatClient client)
    {
        var builder = WebApplication.CreateBuilder();
        var app = builder.Build();
        app.MapGroup("/ai").MapAgentTeams(new ServingOptions { Models = { ["tiny"] = client } }).RequireHost("localhost");
        return app;
    }

    public static TeamServerOptions Guarded(IChatClient client)
    {
        var guarded = new TeamServerOptions
        {
            Models = { ["tiny"] = client },
            Address = IPAddress.Any,
            Port = 8080,
            ApiKey = Environment.GetEnvironmentVariable("TEAM_API_KEY"),
            MaxRequests = 200,
            MaxRequestBytes = 1 << 20,
            ShutdownTimeout = TimeSpan.FromSeconds(30),
        };
        return guarded;
    }

    internal sealed record Draft(string Question, string Text = "");
}
