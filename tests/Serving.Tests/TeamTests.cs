using System.Text.Json;
using Microsoft.Extensions.AI;
using ChatMessage = OpenAI.Chat.ChatMessage;

namespace AgentTeams.Tests;

/// <summary>Roles and teams behind a name.</summary>
public sealed class TeamTests
{
    private const string AddTool = """ "tools":[{"type":"function","function":{"name":"add"}}] """;

    private static readonly Role s_coder = new()
    {
        Name = "coder", Instructions = "Write the operator.", Options = new() { Temperature = 0.25f, MaxOutputTokens = 5 },
    };

    [Fact]
    public async Task Role_WithoutTools_LeadsAndFillsIn()
    {
        using var client = new ScriptedChatClient("+");
        await using var served = await Served.StartAsync(ServedModel.From(s_coder, client));
        var (_, body) = await served.AskAsync(Served.Body("\"temperature\":1," + AddTool));
        Assert.Equal("+", Text(body));
        var options = Assert.Single(client.Calls).Options;
        Assert.Equal(("Write the operator.", 1f, 5), (options.Instructions, options.Temperature, options.MaxOutputTokens));
        Assert.Single(options.Tools!);
    }

    [Fact]
    public async Task Role_OnALocalModel_AnswersAsInItsTeamAndTellsLogProbabilities()
    {
        using var model = TinyModel.Create();
        var client = model.GetChatClient(model.Base);
        await using var served = await Served.StartAsync(ServedModel.From(s_coder, client));
        var own = await client.GetResponseAsync([new(ChatRole.System, s_coder.Instructions), new(ChatRole.User, "How many apples?")],
            new() { Temperature = 0.25f, MaxOutputTokens = 5, Seed = 9 });
        var (_, body) = await served.AskAsync(Served.Body("\"seed\":9,\"logprobs\":true"));
        Assert.Equal(own.Text, Text(body));
        Assert.Equal("tiny@0", body.GetProperty("system_fingerprint").GetString());
        Assert.NotEqual(0, body.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("content").GetArrayLength());
    }

    [Fact]
    public async Task Role_WithASchema_KeepsIt()
    {
        var role = s_coder with { Options = new() { ResponseSchema = JsonSerializer.SerializeToElement(new { @enum = new[] { "+", "-" } }) } };
        using var model = TinyModel.Create();
        await using var served = await Served.StartAsync(ServedModel.From(role, model.GetChatClient(model.Base)));
        Assert.Contains(Text((await served.AskAsync(Served.Body())).Body), (string[])["\"+\"", "\"-\""]);
        var (status, body) = await served.AskAsync(Served.Body("\"response_format\":{\"type\":\"json_object\"}"));
        Assert.Equal((400, "response_format"), (status, RefusalTests.Error(body, "param")));
    }

    [Fact]
    public async Task TeamOfOwnCode_IsAskedWithItsSeedAndRefusesWhatItWouldNotHeed()
    {
        var asked = new List<(string, SeedKey)>();
        var run = new Trajectory { Id = "r", WorkflowName = "own", TaskId = "t", GroupId = "t", Status = TrajectoryStatus.Completed, Outcome = "42", Usage = new(3, 2) };
        await using var served = await Served.StartAsync(ServedModel.From((question, key, _) =>
        {
            asked.Add((question, key));
            return Task.FromResult(question == "fail" ? run with { Status = TrajectoryStatus.Failed, Outcome = null, Error = new("T", "no") } : run);
        }));
        var (_, body) = await served.AskAsync(Served.Body("\"seed\":9"));
        Assert.Equal(("42", 5), (Text(body), body.GetProperty("usage").GetProperty("total_tokens").GetInt32()));
        Assert.Equal(("How many apples?", new SeedKey(9, "serve")), Assert.Single(asked));
        Assert.Equal((400, "temperature"), await RefusedAsync(served, Served.Body("\"temperature\":0.5")));
        Assert.Equal((400, "tools"), await RefusedAsync(served, Served.Body(AddTool)));
        Assert.Equal((400, "messages"), await RefusedAsync(served, $$"""{"model":"{{Served.Name}}","messages":[{"role":"system","content":"x"}]}"""));
        Assert.Equal(500, (await served.AskAsync(Served.Body(question: "fail"))).Status);
        Assert.Contains("42", string.Join('\n', await served.LinesAsync(Served.Body("\"stream\":true"))), StringComparison.Ordinal);
        Assert.Equal(3, asked.Count);

        static async Task<(int, string?)> RefusedAsync(Served served, string body) =>
            await served.AskAsync(body) is var (status, reply) ? (status, RefusalTests.Error(reply, "param")) : default;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Role_WithTools_CallsThemByItself(bool stream)
    {
        using var client = new ScriptedChatClient(call => call.Messages[^1].Role == ChatRole.Tool ? ScriptedReply.Say("It is 42.") : ScriptedReply.CallTool("twice", new { number = 21 }));
        var role = s_coder with { Tools = [AIFunctionFactory.Create((int number) => 2 * number, "twice")] };
        await using var served = await Served.StartAsync(ServedModel.From(role, client));
        List<ChatMessage> messages = [ChatMessage.CreateSystemMessage("Be brief."), ChatMessage.CreateUserMessage("Twice 21?")];
        var text = "";
        if (stream)
        {
            await foreach (var update in served.Chat.CompleteChatStreamingAsync(messages)) text += string.Concat(update.ContentUpdate.Select(c => c.Text));
        }
        else
        {
            text = (await served.Chat.CompleteChatAsync(messages)).Value.Content[0].Text;
        }

        Assert.Equal("It is 42.", text);
        Assert.Equal(2, client.Calls.Count);
        Assert.Equal("Write the operator.\n\nBe brief.", client.Calls[0].Messages[0].Text);
        Assert.Equal("tools", RefusalTests.Error((await served.AskAsync(Served.Body(AddTool))).Body, "param"));
    }

    [Fact]
    public async Task Team_Question_IsARunAndItsOutcomeTheReply()
    {
        using var client = new ScriptedChatClient(call => ScriptedReply.Say($"<{call.Text}>").WithUsage(10, 1));
        await using var served = await Served.StartAsync(ServedModel.From(TwoRoles(), q => new Work(q), s => s.Text, TeamRuntime.ForAll(client)));
        var (_, body) = await served.AskAsync(Served.Body("\"seed\":4"));
        Assert.Equal("<<How many apples?>>", Text(body));
        Assert.Equal((20, 2),
            (body.GetProperty("usage").GetProperty("prompt_tokens").GetInt32(), body.GetProperty("usage").GetProperty("completion_tokens").GetInt32()));
        var seeds = client.Calls.Select(c => c.Options.Seed).ToList();
        await served.AskAsync(Served.Body("\"seed\":4"));
        Assert.Equal(seeds, client.Calls.Skip(2).Select(c => c.Options.Seed));
        await served.AskAsync(Served.Body());
        await served.AskAsync(Served.Body());
        Assert.Equal(6, client.Calls.Select(c => c.Options.Seed).Distinct().Count());

        var lines = await served.LinesAsync(Served.Body("\"stream\":true,\"stream_options\":{\"include_usage\":true}"));
        Assert.StartsWith(":", lines[0], StringComparison.Ordinal);
        Assert.Single(lines, l => l.Contains("<<How many apples?>>", StringComparison.Ordinal));
        Assert.Contains("\"choices\":[],\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":2,\"total_tokens\":22}", lines[^2], StringComparison.Ordinal);
        Assert.Equal("data: [DONE]", lines[^1]);
    }

    [Fact]
    public async Task Team_OfAConversation_ReadsAllOfIt()
    {
        using var client = new ScriptedChatClient("done");
        var team = TwoRoles().BindChat(messages => new Work(string.Join("/", messages.Select(m => m.Text))), s => s.Text);
        await using var served = await Served.StartAsync(ServedModel.From(team, TeamRuntime.ForAll(client)));
        await served.AskAsync(
            """{"model":"it","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}]}""");
        Assert.Equal("a/b/c", client.Calls[0].Messages[^1].Text);
    }

    [Theory]
    [InlineData("\"temperature\":1", "temperature")]
    [InlineData("\"max_tokens\":5", "max_completion_tokens")]
    [InlineData("\"response_format\":{\"type\":\"json_object\"}", "response_format")]
    [InlineData("\"top_k\":5", "top_k")]
    [InlineData("\"logprobs\":true", "logprobs")]
    public async Task Team_WhatItDecidesForItself_IsRefused(string more, string param)
    {
        using var client = new ScriptedChatClient("never");
        await using var served = await Served.StartAsync(ServedModel.From(TwoRoles(), q => new Work(q), s => s.Text, TeamRuntime.ForAll(client)));
        var (status, body) = await served.AskAsync(Served.Body(more));
        Assert.Equal((400, param), (status, RefusalTests.Error(body, "param")));
    }

    [Fact]
    public async Task Team_NodeThatFails_IsAServerErrorWithoutDetails()
    {
        using var client = new ScriptedChatClient(ScriptedReply.Fail(new InvalidOperationException("secret")));
        await using var served = await Served.StartAsync(ServedModel.From(TwoRoles(), q => new Work(q), s => s.Text, TeamRuntime.ForAll(client)));
        var (status, body) = await served.AskAsync(Served.Body());
        Assert.Equal(500, status);
        Assert.DoesNotContain("secret", RefusalTests.Error(body, "message"), StringComparison.Ordinal);
    }

    private static string? Text(JsonElement body) => body.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString();

    private static Workflow<Work> TwoRoles()
    {
        var wf = Workflow.CreateBuilder<Work>("two");
        wf.Start(wf.AddRole(new Role { Name = "first" }, s => s.Text, (s, reply) => s with { Text = reply.Text }))
            .Then(wf.AddRole(new Role { Name = "second" }, s => s.Text, (s, reply) => s with { Text = reply.Text }));
        return wf.Build();
    }

    internal sealed record Work(string Text);
}
