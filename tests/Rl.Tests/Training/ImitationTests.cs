using Microsoft.Extensions.AI;

namespace AgentTeams.Tests;

public sealed class ImitationTests
{
    private static readonly SftExample[] s_asked = [.. Enumerable.Range(0, 8).Select(i => new SftExample("x", new ChatMessage[] { new(ChatRole.System, "add"), new(ChatRole.User, $"{i}") }, "?") { Weight = i + 1 })];

    [Fact]
    public async Task RelabelAsync_Teacher_AnswersTheQuestionsInOrderEachWithASeedOfItsOwn()
    {
        // It has nothing to say to 0.
        using var teacher = new ScriptedChatClient(call => ScriptedReply.Say(call.Messages[^1].Text is "0" ? "" : call.Messages[^1].Text + "!"));
        var answered = await SftExample.RelabelAsync(s_asked, teacher, new SeedKey(3, "teach"), new() { Temperature = 0.5f }, maxConcurrency: 3);
        Assert.Equal(["1!", "2!", "3!", "4!", "5!", "6!", "7!"], answered.Select(e => e.Reply));
        Assert.Equal(("x", 2f, 2, null), (answered[0].Role, answered[0].Weight, answered[0].Messages.Count, answered[0].Tokens));
        Assert.Equal(Enumerable.Range(0, 8).Select(i => (0.5f, new SeedKey(3, "teach", Sample: i).ToSeed())).Order(), teacher.Calls.Select(c => (c.Options.Temperature!.Value, c.Options.Seed!.Value)).Order());
    }

    [Fact]
    public async Task RelabelAsync_ModelOfOurs_KeepsTheVeryIds()
    {
        using var bandit = new Bandit();
        var answered = await SftExample.RelabelAsync([.. Enumerable.Range(0, 20).Select(i => new SftExample("x", "a", ""))], bandit.Models.GetChatClient(bandit.Models.Team["x"]), new SeedKey(1), new() { MaxOutputTokens = 2 });
        Assert.NotEmpty(answered);
        Assert.All(answered, e => Assert.Equal("m", e.SampledBy));
        Assert.All(answered, e => Assert.InRange(e.Tokens!.CompletionIds.Length, 1, 2));
    }

    [Fact]
    public void As_AnotherRole_IsTheSameExample()
    {
        var example = s_asked[1] with { Tokens = new([1], [2]), SampledBy = "m" };
        var other = example.As("solo");
        Assert.Equal(("solo", "?", 2f, "m", 2), (other.Role, other.Reply, other.Weight, other.SampledBy, other.Messages.Count));
        Assert.Equal([2], other.Tokens!.CompletionIds);
    }
}
