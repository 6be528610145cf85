using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class RedactionTests
{
    private const string Mail = "ann.b@example.org";

    private static string Redacted(string text) => Redactors.Default.Aggregate(text, (t, r) => r.Redact(t));

    [Theory]
    [InlineData("write to ann.b+x@mail.example.org, please", "write to [email], please")]
    [InlineData("mail=ann@example.org;", "mail=[email];")]
    [InlineData("key sk-proj-abcdEFGH12345678_xyz end", "key [secret] end")]
    [InlineData("Authorization: Bearer abc.DEF-123_456", "Authorization: Bearer [secret]")]
    [InlineData("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "[secret]")]
    [InlineData("AKIAABCDEFGHIJKLMNOP", "[secret]")]
    [InlineData("password=hunter2&user=x", "password=[secret]&user=x")]
    [InlineData("\"api_key\": \"q1w2e3\"", "\"api_key\": \"[secret]\"")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", "[secret]")]
    [InlineData("card 4111 1111 1111 1111.", "card [card].")]
    [InlineData("card 4111111111111112.", "card 4111111111111112.")]
    [InlineData("5500-0000-0000-0004", "[card]")]
    [InlineData("call +49 171 1234567 now", "call [phone] now")]
    [InlineData("call (415) 555-0123", "call [phone]")]
    [InlineData("call 415-555-0123", "call [phone]")]
    [InlineData("ring 030 12345678!", "ring [phone]!")]
    public void Redact_BuiltIns_ReplaceWhatTheyName(string text, string expected) => Assert.Equal(expected, Redacted(text));

    [Theory]
    [InlineData("6 apples and 2 more make 8")]
    [InlineData("2026-11-27T10:12:00+00:00")]
    [InlineData("order 1234567890 of 2024-01-15, 19.99 EUR, id 550e8400-e29b-41d4-a716-446655440000")]
    [InlineData("1.500.000 and 3.14159265358979")]
    [InlineData("user@localhost is no address; @handle neither")]
    [InlineData("the secret of success, my password is safe")]
    [InlineData("a task-specific risk_assessment")]
    public void Redact_BuiltIns_LeaveOtherTexts(string text) => Assert.Equal(text, Redacted(text));

    [Fact]
    public void Redact_LongTextOfOneWord_IsNoTrouble() => Assert.Equal(400_000, Redacted(new string('a', 400_000)).Length);

    [Fact]
    public void Redact_TextFileInAState_IsRedactedInsideItsBase64()
    {
        var (text, image) = (new DataContent(Encoding.UTF8.GetBytes($"write to {Mail}"), "text/plain"), new DataContent(Encoding.UTF8.GetBytes(Mail), "image/png"));
        var state = TrajectoryJson.ToElement(new { Talk = new[] { new ChatMessage(ChatRole.User, [text, image]) }, Broken = $"data:text/plain;base64,{Mail}", Password = text.Uri });
        var node = new TrajectoryNode { Id = "step", Kind = NodeKind.Function, Name = "step", Arguments = state, Result = state };
        var run = Make.Trajectory("id", [node], "task") with { Outcome = state.GetRawText() };

        var safe = run.Redact(Redactors.Default);

        foreach (var json in new[] { safe.Nodes[0].Arguments!.Value, safe.Nodes[0].Result!.Value, JsonElement.Parse(safe.Outcome!) })
        {
            var contents = json.GetProperty("talk")[0].Deserialize<ChatMessage>(TrajectoryJson.Options)!.Contents.Cast<DataContent>().Select(d => (d.MediaType, Encoding.UTF8.GetString(d.Data.Span)));
            Assert.Equal([("text/plain", "write to [email]"), ("image/png", Mail)], contents);
            Assert.Equal(("data:text/plain;base64,[email]", "[secret]"), (json.GetProperty("broken").GetString(), json.GetProperty("password").GetString()));
        }

        Assert.Equal("no file;base64, of [email]", (run with { Outcome = $"no file;base64, of {Mail}" }).Redact(Redactors.Default).Outcome);
    }

    [Fact]
    public void Redact_Trajectory_EveryTextIsRedacted()
    {
        var said = new ChatMessage(ChatRole.Assistant, [new TextContent($"I ask {Mail}"), new TextReasoningContent($"who is {Mail}?"),
            new FunctionCallContent("call-1", "send", new Dictionary<string, object?> { ["to"] = new[] { Mail }, [Mail] = 1, ["card"] = 4111111111111111, ["password"] = "x" })])
        {
            AuthorName = Mail, AdditionalProperties = new() { ["note"] = Mail },
        };
        var answered = new ChatMessage(ChatRole.Tool, [new FunctionResultContent("call-1", new { sent = Mail }), new DataContent(Encoding.UTF8.GetBytes(Mail), "text/plain"),
            new UriContent($"https://example.org/?u={Mail}", "text/html"), new ErrorContent(Mail)]);
        var node = Make.Node("coder", "coder") with
        {
            Input = [new(ChatRole.User, $"write to {Mail}")], Output = [said], Error = new("E", Mail), Tries = [new(new("E", Mail), default, default)],
        };
        var tool = new TrajectoryNode
        {
            Id = "send", Kind = NodeKind.Tool, Name = "send", Input = [answered], Arguments = TrajectoryJson.ToElement(new { to = Mail }), Result = TrajectoryJson.ToElement($"sent to {Mail}"),
        };
        var run = Make.Trajectory("id", [node, tool], Mail, Reward.ForTrajectory("thumb", 1) with { Source = Mail }) with
        {
            Key = new(1, Task: Mail), Outcome = $"asked {Mail}", Error = new("E", Mail), Properties = new Dictionary<string, string> { ["user"] = Mail, ["apiKey"] = "x" },
        };

        var safe = run.Redact(Redactors.Default);

        var json = Encoding.UTF8.GetString(TrajectoryJson.Serialize(safe));
        Assert.DoesNotContain("example.org\"", json, StringComparison.Ordinal);
        Assert.DoesNotContain("ann.b", json, StringComparison.Ordinal);
        Assert.DoesNotContain("4111", json, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes(Mail)), json, StringComparison.Ordinal);
        Assert.Equal("asked [email]", safe.Outcome);
        var call = Assert.Single(safe.Nodes[0].Output[0].Contents.OfType<FunctionCallContent>());
        Assert.Equal(("call-1", "[secret]", "[card]"), (call.CallId, call.Arguments!["password"]?.ToString(), call.Arguments["card"]?.ToString()));
        Assert.Equal("[secret]", safe.Properties!["apiKey"]);
        Assert.Equal(json, Encoding.UTF8.GetString(TrajectoryJson.Serialize(TrajectoryJson.Deserialize(TrajectoryJson.Serialize(safe)))));
    }

    [Fact]
    public void Redact_TokenTrace_IsDroppedWhereItsTextWasRedacted()
    {
        static TrajectoryNode Traced(string id, string asked, string text) => Make.Node(id, "coder", text: text) with { Input = [new(ChatRole.User, asked)], Tokens = Trace() };
        var run = Make.Trajectory("id", [Traced("in", Mail, "ok"), Traced("out", "who?", Mail), Traced("clean", "6 and 2", "8")]);

        var safe = run.Redact([Redactors.Email]);

        Assert.Equal([null, null, run.Nodes[2].Tokens], safe.Nodes.Select(n => n.Tokens));
        Assert.Same(run.Nodes[2].Output[0], safe.Nodes[2].Output[0]);
    }

    [Fact]
    public void Redact_TokenTraceInAMessage_IsTakenOut()
    {
        var said = new ChatMessage(ChatRole.Assistant, "ok") { AdditionalProperties = new() { [TokenTrace.PropertyName] = Trace(), ["kept"] = "yes" } };
        var run = Make.Trajectory("id", [Make.Node("n", "coder") with { Input = [new(ChatRole.User, Mail)], Output = [said] }]);

        var safe = run.Redact([Redactors.Email]).Nodes[0].Output[0];

        Assert.Equal(["kept"], safe.AdditionalProperties!.Keys);
        Assert.True(said.AdditionalProperties.ContainsKey(TokenTrace.PropertyName));
    }

    [Fact]
    public void Redact_OwnPattern_ReplacesIt()
    {
        var redactor = new RegexRedactor(new Regex(@"\bCUST-\d{6}\b"), "[customer $0]");

        Assert.Equal("for [customer $0]", redactor.Redact("for CUST-123456"));
    }

    [Fact]
    public void Redact_TextsThatBecomeOne_LoseNoValue()
    {
        var run = Make.Trajectory("id", [new() { Id = "t", Kind = NodeKind.Tool, Name = "t", Arguments = TrajectoryJson.ToElement(new Dictionary<string, int> { ["a@x.org"] = 1, ["b@x.org"] = 2 }) }]);

        Assert.Equal("""{"[email]":1,"[email]#2":2}""", run.Redact([Redactors.Email]).Nodes[0].Arguments!.Value.GetRawText());
    }

    [Fact]
    public void Redact_MembersUnderASecretName_AreTakenWhateverTheirs()
    {
        const string Given = """{"password":{"value":"hunter2","hints":["dog",{"n":1234}]},"user":{"value":"ann"}}""";
        var run = Make.Trajectory("id", [new() { Id = "t", Kind = NodeKind.Tool, Name = "t", Arguments = System.Text.Json.JsonElement.Parse(Given) }]);

        Assert.Equal("""{"password":{"value":"[secret]","hints":["[secret]",{"n":"[secret]"}]},"user":{"value":"ann"}}""",
            run.Redact(Redactors.Default).Nodes[0].Arguments!.Value.GetRawText());
    }

    private static TokenTrace Trace() => new() { PromptIds = [1], CompletionIds = [2], LogProbs = [-1], Policy = new("tiny"), WeightsVersion = 0, Temperature = 1 };
}
