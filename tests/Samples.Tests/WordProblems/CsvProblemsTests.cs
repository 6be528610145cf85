using AgentTeams.Samples.WordProblems;
using AgentTeams.Tests;

namespace AgentTeams.Samples.Tests.WordProblems;

public sealed class CsvProblemsTests : IDisposable
{
    private const string Header = "Question,Numbers,Equation,Answer,Grade";
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Load_WellFormedRows_GivesProblems()
    {
        var loaded = Load("ann has number0 cups and number1 mugs .,56.0 0.50,+ number0 number1,56.5,1", "\"a , b number0 ?\",-2,* number0 60,-120.0,2");

        Assert.Equal(["t-0", "t-1"], loaded.Problems.Select(p => p.Id));
        Assert.Equal(["56", "0.5"], loaded.Problems[0].Numbers);
        Assert.Equal("number0 + number1", loaded.Problems[0].Solution.ToInfix());
        Assert.Equal("a , b number0 ?", loaded.Problems[1].Question);
        Assert.Equal("number0 * 60", loaded.Problems[1].Solution.ToInfix());
        Assert.Equal(0, loaded.Skipped);
    }

    [Fact]
    public void Load_EquationContradictsAnswer_SkipsAndCounts()
    {
        var loaded = Load("number0 and number1 ?,1 2,+ number0 number1,4,1", "number0 and number1 ?,1 2,+ number0 number1,3,1");

        Assert.Equal("t-1", Assert.Single(loaded.Problems).Id);
        Assert.Equal(1, loaded.Skipped);
    }

    [Theory]
    [InlineData("number0 ?,1 x,+ number0 1,2,1", "column Numbers: 'x'")]
    [InlineData("number0 ?,\"1,000\",+ number0 1,2,1", "column Numbers: '1,000'")]
    [InlineData("number0 ?,1,+ number0,2,1", "column Equation: '+ number0'")]
    [InlineData("number0 ?,1,+ number0 1 2,2,1", "column Equation: '+ number0 1 2'")]
    [InlineData("number0 ?,1,^ number0 1,2,1", "column Equation: '^ number0 1'")]
    [InlineData("number0 ?,1,+ number0 1,two,1", "column Answer: 'two'")]
    [InlineData("number0 ?,1,+ number0 1,NaN,1", "column Answer: 'NaN'")]
    [InlineData("number1 ?,1,+ number0 1,2,1", "column Question: 'number1'")]
    [InlineData("number0 ?,1,+ number0 number1,2,1", "column Equation: 'number1'")]
    [InlineData("number0 ?,1,+ number0 numberx,2,1", "column Equation: 'numberx'")]
    [InlineData("number0 ?,1,+ number0 1", "column Answer: the field is empty")]
    [InlineData(",1,+ number0 1,2,1", "column Question: the field is empty")]
    public void Load_MalformedRow_NamesFileLineAndColumn(string row, string expected)
    {
        var error = Assert.Throws<AgentTeamsException>(() => Load("number0 ?,1,+ number0 1,2,1", row));

        Assert.Contains($"{_path}, line 3, {expected}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_QuoteInsideField_NamesFileAndLine()
    {
        var error = Assert.Throws<AgentTeamsException>(() => Load("a \"b number0 ?,1,+ number0 1,2,1"));

        Assert.Contains($"{_path}, line 2", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Question,Numbers,Answer", "column Equation")]
    [InlineData("", "column Question")]
    public void Load_MissingColumn_NamesIt(string header, string expected)
    {
        File.WriteAllText(_path, header);

        var error = Assert.Throws<AgentTeamsException>(() => CsvProblems.Load(_path, "t"));

        Assert.Contains($"{_path}, line 1: the {expected} is missing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_HeaderOnly_SaysSo() =>
        Assert.Contains("no row follows the header", Assert.Throws<AgentTeamsException>(() => Load()).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("no/such/file.csv")]
    public void Load_MissingFile_NamesIt(string path) =>
        Assert.Contains($"'{path}'", Assert.Throws<AgentTeamsException>(() => CsvProblems.Load(path, "t")).Message, StringComparison.Ordinal);

    [SharedDataFact("data/asdiv_a/fold0_train.csv")]
    public void Load_AsdivFold_SkipsOneRow()
    {
        var loaded = CsvProblems.Load(Folds.PathOf("asdiv_a/fold0_train"), "a");

        Assert.Equal((978, 1), (loaded.Problems.Count, loaded.Skipped));
    }

    [SharedDataFact("data/mawps/fold0_train.csv")]
    public void Apply_MawpsFold_FindsAThirdOfTheTestQuestionsInTraining()
    {
        var training = CsvProblems.Load(Folds.PathOf("mawps/fold0_train"), "m").Problems;
        var test = CsvProblems.Load(Folds.PathOf("mawps/fold0_dev"), "t").Problems;

        var (kept, dropped) = DuplicateFilter.Apply(training, test);

        Assert.Equal(training.Count, kept.Count + dropped);
        Assert.InRange(test.Count - DuplicateFilter.Apply(test, training).Kept.Count, test.Count / 4, test.Count / 2);
        Assert.Equal(0, DuplicateFilter.Apply(kept, test).Dropped);
    }

    private LoadedProblems Load(params string[] rows)
    {
        File.WriteAllLines(_path, [Header, .. rows]);
        return CsvProblems.Load(_path, "t");
    }
}
