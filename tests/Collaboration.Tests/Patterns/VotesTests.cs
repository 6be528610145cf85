using System.Collections.Immutable;
using CsCheck;

namespace AgentTeams.Tests;

public sealed class VotesTests
{
    [Theory]
    [InlineData("  Forty  two. ", "forty two")]
    [InlineData("\"YES\"", "yes")]
    [InlineData("'a.b'.", "a.b")]
    [InlineData("", "")]
    public void Normalise_SameMeaning_SameText(string answer, string expected) => Assert.Equal(expected, Votes.Normalise(answer));

    [Fact]
    public void Plurality_MostWeight_Wins()
    {
        Assert.Equal(1, Votes.Plurality(["a", "b", "B."], [1, 1, 1]));
        Assert.Equal(0, Votes.Plurality(["a", "b", "b"], [3, 1, 1]));
    }

    [Fact]
    public void Plurality_Tie_IsDecidedByTheRule()
    {
        string[] ballots = ["pear", "apple"];

        Assert.Equal(0, Votes.Plurality(ballots, [1, 1]));
        Assert.Equal(1, Votes.Plurality(ballots, [1, 1], new() { Tie = TieRule.Ordinal }));
        Assert.Contains("'pear' and 'apple'", Assert.Throws<AgentTeamsException>(() => Votes.Plurality(ballots, [1, 1], new() { Tie = TieRule.Fail })).Message, StringComparison.Ordinal);
        Assert.Equal(0, Votes.Plurality(["pear", "apple", "apple"], [0.3, 0.1, 0.2]));
    }

    // The example of Tennessee's capital: Memphis, Nashville, Chattanooga and Knoxville get 126, 194, 173 and 107 points of 100 voters.
    [Fact]
    public void Borda_KnownElection_HasTheKnownWinner()
    {
        string[] cities = ["Memphis", "Nashville", "Chattanooga", "Knoxville"];
        IEnumerable<ImmutableArray<int>> Voters(int many, params int[] order) => Enumerable.Repeat(order.ToImmutableArray(), many);

        Assert.Equal(1, Votes.Borda([.. Voters(42, 0, 1, 2, 3), .. Voters(26, 1, 2, 3, 0), .. Voters(15, 2, 3, 1, 0), .. Voters(17, 3, 2, 1, 0)], cities));
    }

    [Fact]
    public void Borda_RankingThatIsNone_IsRefused()
    {
        Assert.Contains("0, 0", Assert.Throws<AgentTeamsException>(() => Votes.Borda([[0, 0]], ["a", "b"])).Message, StringComparison.Ordinal);
        Assert.Throws<AgentTeamsException>(() => Votes.Borda([], []));
    }

    [Fact]
    public void Borda_OrderOfVoters_DoesNotMatter() => Gen.Shuffle(Enumerable.Range(0, 4).ToArray()).Array[1, 6].Sample(rankings =>
    {
        var ballots = rankings.Select(r => r.ToImmutableArray()).ToList();
        var points = Enumerable.Range(0, 4).Select(c => ballots.Sum(b => 3 - b.IndexOf(c))).ToList();
        var winner = Votes.Borda(ballots, ["a", "b", "c", "d"]);
        return winner == points.IndexOf(points.Max()) && winner == Votes.Borda([.. Enumerable.Reverse(ballots)], ["a", "b", "c", "d"]);
    });
}
