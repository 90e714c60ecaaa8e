package data
import ("testing";"context";"os";"strconv";"sort")
func TestTune(t *testing.T){
 n,_ := strconv.Atoi(os.Getenv("N"))
 if n==0 {n=1000000}
 for seed:=uint64(1);seed<=2;seed++ {
 s,err:=Make(context.Background(),Options{Commits:n,Projects:n*1064/1000,Users:n*2748/10000,Seed:seed})
 if err!=nil{t.Fatal(err)}
 d,_,err:=Search(s,Linus,7,SearchOptions{})
 t.Log(d,err)
 if seed==1{
 for _,c:=range [][]int64{s.PIDs,s.Authors}{
  m:=map[int64]int{}
  for _,x:=range c{m[x]++}
  var l []int
  one:=0
  for _,x:=range m{l=append(l,x);if x==1{one++}}
  sort.Sort(sort.Reverse(sort.IntSlice(l)))
  t.Log(len(m),l[:10],l[len(l)/10],l[len(l)/2], one)
 }
 pa:=map[[2]int64]bool{};for i:=range s.PIDs{pa[[2]int64{s.PIDs[i],s.Authors[i]}]=true}
 t.Log("pairs",len(pa))
 }}
}
